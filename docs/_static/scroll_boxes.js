// A box that scrolls sideways can be scrolled by keyboard: it takes the focus while it needs to.
(() => {
  const kinds = ".apa-box, .output.text_html, .cell_output pre, .highlight pre, div.math";
  const mend = (box) => {
    const scrolls =
      box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1;
    const style = getComputedStyle(box);
    if (scrolls && [style.overflowX, style.overflowY].some((way) => /auto|scroll/.test(way)))
      box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  };
  document.addEventListener("DOMContentLoaded", () => {
    const watch = new ResizeObserver((seen) => seen.forEach(({ target }) => mend(target)));
    document.querySelectorAll(kinds).forEach((box) => watch.observe(box));
  });
})();
