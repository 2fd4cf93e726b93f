/* What a page does beyond showing itself: all code or all parts at once, copying, enlarged figures, and boxes
   that can be scrolled by keyboard where there is something to scroll. Without it nothing is lost
   but comfort. */

(() => {
  "use strict";

  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }

  /* ---------------------------------------------------------------- all code, all parts at once */

  const remembered = {
    get(name) {
      try { return localStorage.getItem(name) === "yes"; } catch { return false; }
    },
    set(name, open) {
      try { localStorage.setItem(name, open ? "yes" : "no"); } catch { /* not remembered */ }
    },
  };

  function switchAll(name, selector) {
    const folds = all(selector);
    const button = document.querySelector(`button.${name}`);
    if (!button || !folds.length) return;
    const show = (open) => {
      for (const fold of folds) fold.open = open;
      button.setAttribute("aria-pressed", String(open));
    };
    button.hidden = false;
    button.addEventListener("click", () => {
      const open = button.getAttribute("aria-pressed") !== "true";
      show(open);
      remembered.set(name, open);
    });
    if (remembered.get(name)) show(true);
  }

  // a link into a closed part opens it
  function openTarget() {
    const id = decodeURIComponent(location.hash.slice(1));
    const target = id && document.getElementById(id);
    if (!target) return;
    const own = target.querySelector(":scope > details.part");
    const closed = [own, ...all("details").filter((fold) => fold.contains(target))];
    for (const fold of closed) if (fold) fold.open = true;
    target.scrollIntoView();
  }

  function openForPrint() {
    let opened = [];
    addEventListener("beforeprint", () => {
      opened = all("details.part:not([open]), details.apa-fold:not([open])");
      for (const fold of opened) fold.open = true;
    });
    addEventListener("afterprint", () => { for (const fold of opened) fold.open = false; });
  }

  /* ---------------------------------------------------------------- copying */

  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = make("textarea", { style: "position: fixed; opacity: 0" });
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
  }

  function offerCopies() {
    for (const button of all("button[data-copy]")) {
      const says = button.textContent;
      button.hidden = false;
      button.addEventListener("click", async () => {
        await copy(document.getElementById(button.dataset.copy).textContent.trim());
        button.textContent = "Copied";
        setTimeout(() => { button.textContent = says; }, 1500);
      });
    }
  }

  /* ---------------------------------------------------------------- enlarged figures */

  const STEP = 1.35;

  function makeOverlay() {
    const image = make("img", { alt: "", class: "dark-light" });
    const stage = make("div", { class: "zoom-stage", tabindex: "0", role: "group" }, image);
    const title = make("p", { class: "zoom-title", id: "zoom-title" });
    const button = (label, sign) =>
      make("button", { type: "button", "aria-label": label, title: label }, sign);
    const smaller = button("Smaller", "−");
    const larger = button("Larger", "+");
    const close = button("Close", "×");
    const dialog = make(
      "dialog", { class: "zoom", "aria-labelledby": "zoom-title" },
      make("div", { class: "zoom-bar" }, title, smaller, larger, close), stage,
    );
    let width = 0;
    const resize = (factor) => {
      const fit = stage.clientWidth;
      width = Math.min(Math.max(width * factor, Math.min(fit, 300)), 6000);
      image.style.width = `${Math.round(width)}px`;
    };
    smaller.addEventListener("click", () => resize(1 / STEP));
    larger.addEventListener("click", () => resize(STEP));
    close.addEventListener("click", () => dialog.close());
    stage.addEventListener("click", (event) => { if (event.target === stage) dialog.close(); });
    dialog.addEventListener("keydown", (event) => {
      if (event.key === "+" || event.key === "=") resize(STEP);
      if (event.key === "-") resize(1 / STEP);
    });
    dialog.addEventListener("close", () => document.documentElement.classList.remove("zoomed"));
    document.body.append(dialog);
    return (link) => {
      const shown = link.querySelector("img");
      image.src = link.href;
      image.alt = shown.alt;
      title.textContent = link.dataset.title;
      stage.setAttribute("aria-label", `${link.dataset.title}: scroll to see all of it`);
      document.documentElement.classList.add("zoomed");
      dialog.showModal();
      // as large as the window allows, but never so small that its letters cannot be read
      const ratio = shown.getAttribute("height") / shown.getAttribute("width");
      const fit = Math.min(stage.clientWidth, stage.clientHeight / ratio);
      width = Math.max(fit, Math.min(Number(shown.getAttribute("width")), 900));
      resize(1);
      stage.scrollTo(0, 0);
    };
  }

  function enlargeFigures() {
    const links = all("a.figure-link");
    if (!links.length) return;
    const open = makeOverlay();
    for (const link of links) {
      link.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        open(link);
      });
    }
  }

  /* ---------------------------------------------------------------- boxes that scroll */

  const BOXES = ".apa-scroll, .figure-scroll, div.cell_output pre, .cell_input pre, div.highlight pre, div.math, .pst-scrollable-table-container, .citation pre";

  function nameBox(box) {
    if (box.matches("pre")) return "Code or text";
    if (box.matches("div.math")) return "Formula";
    if (box.matches(".figure-scroll")) return "Figure";
    const caption = box.closest(".apa-box")?.querySelector("p");
    return caption?.textContent.trim() || "Table";
  }

  function watchBoxes() {
    const update = (box) => {
      const scrolls = box.scrollWidth > box.clientWidth + 2 || box.scrollHeight > box.clientHeight + 2;
      box.classList.toggle("scrolls", scrolls);
      if (scrolls) {
        box.tabIndex = 0;
        box.setAttribute("role", "group");
        if (!box.hasAttribute("aria-label")) box.setAttribute("aria-label", nameBox(box));
      } else {
        box.removeAttribute("tabindex");
      }
      const first = box.querySelector("tbody tr:not(.g) > :first-child");
      box.classList.toggle(
        "keeps-first", scrolls && first !== null && first.offsetWidth < 0.45 * box.clientWidth,
      );
    };
    const watcher = new ResizeObserver((entries) => entries.forEach((entry) => update(entry.target)));
    for (const box of all(BOXES)) watcher.observe(box);
  }

  /* ---------------------------------------------------------------- tables on a phone */

  // a narrow page stacks the cells of a row (report.css), each behind the head of its column
  function labelCells() {
    for (const table of all("table.apa")) {
      const heads = all("thead th", table).map((head) => head.textContent.trim().replace(/[^?]$/, "$&:"));
      for (const row of all("tbody tr:not(.g)", table)) {
        [...row.cells].forEach((cell, k) => { cell.dataset.label = heads[k] ?? ""; });
      }
      table.classList.add("labeled");
    }
  }

  /* ---------------------------------------------------------------- long signatures */

  // Sphinx writes their lines as definitions without terms, which no list of definitions may hold
  function listArguments() {
    for (const list of all("dt.sig > dl")) {
      list.setAttribute("role", "list");
      for (const line of list.children) line.setAttribute("role", "listitem");
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    listArguments();
    labelCells();
    switchAll("show-code", "div.cell details.hide");
    switchAll("open-parts", "details.part");
    openTarget();
    addEventListener("hashchange", openTarget);
    openForPrint();
    offerCopies();
    enlargeFigures();
    watchBoxes();
  });
})();
