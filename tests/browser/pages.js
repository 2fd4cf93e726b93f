// What the tests ask of a page. Each function returns a list of texts, empty where all is well.
(() => {
  const name = (element) => {
    const text = (element.getAttribute("aria-label") || element.textContent || "").trim();
    const classes = [...element.classList].map((one) => `.${one}`).join("");
    return `<${element.localName}${classes}> ${text.replace(/\s+/g, " ").slice(0, 60)}`;
  };
  const visible = (element) =>
    element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
    element.getBoundingClientRect().width > 1 &&
    element.getBoundingClientRect().height > 1;
  const ancestors = (element) => {
    const found = [];
    for (let one = element.parentElement; one; one = one.parentElement) found.push(one);
    return found;
  };
  const isScrollBox = (element) =>
    !element.querySelector("h1") && // the page itself never scrolls sideways
    element.scrollWidth > element.clientWidth + 1 &&
    ["auto", "scroll"].includes(getComputedStyle(element).overflowX);
  const text = (element) =>
    [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());

  const focused = new Set();
  const usable = () =>
    [...document.body.querySelectorAll("*")]
      .filter((one) => one.matches("a[href], button, input, summary") || isScrollBox(one))
      .filter(visible);

  // the text itself where there is some: it may be wider than its box
  const extent = (element) => {
    const texts = [...element.childNodes].filter((node) => node.nodeType === 3 && node.data.trim());
    const boxes = texts.map((node) => {
      const range = document.createRange();
      range.selectNodeContents(node);
      return range.getBoundingClientRect();
    });
    if (!boxes.length) boxes.push(element.getBoundingClientRect());
    return {
      left: Math.min(...boxes.map((box) => box.left)),
      right: Math.max(...boxes.map((box) => box.right)),
    };
  };

  window.ask = {
    // text and images of which a part is beyond the screen, or behind an edge that does not scroll
    cutOff: () =>
      [...document.body.querySelectorAll("*")]
        .filter((element) => text(element) || element.matches("img, svg, input, button, summary"))
        .filter(visible)
        .filter((element) => {
          const box = extent(element);
          for (const above of [element, ...ancestors(element)]) {
            if (isScrollBox(above)) return false;
            const style = getComputedStyle(above);
            if (style.clipPath !== "none" || style.clip !== "auto") return false; // for readers aloud
            const edge = above.getBoundingClientRect();
            if (!["hidden", "clip"].includes(style.overflowX) || above === document.body) continue;
            if (style.textOverflow === "ellipsis") return false; // says itself that there is more
            if (box.right > edge.right + 1 || box.left < edge.left - 1) return true;
          }
          return box.right > document.documentElement.clientWidth + 1 || box.left < -1;
        })
        .map(name),

    // what stands beyond the page, even where it would scroll: paper does not
    beyond: () =>
      [...document.querySelectorAll(".bd-article :is(table, img, pre, p, li, h1, h2, h3)")]
        .filter(visible)
        .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
        .map(name),
    folded: () =>
      [...document.querySelectorAll(".bd-article details:is(.part, .apa-fold) :is(table, p, img)")]
        .filter((element) => !element.closest(".downloads, .copy, .hide, .citation details"))
        .filter((element) => !element.matches(".downloads, .copy"))
        .filter((element) => !element.checkVisibility({ contentVisibilityAuto: true }))
        .map(name),

    countUsable: () => ({
      all: usable().length,
      scrollBoxes: usable().filter(isScrollBox).length,
    }),
    watchFocus: () => document.addEventListener("focusin", ({ target }) => focused.add(target)),
    neverFocused: () => usable().filter((element) => !focused.has(element)).map(name),

    badImages: async () => {
      const images = [...document.querySelectorAll("main img")];
      for (const image of images) image.loading = "eager";
      await Promise.all(images.map((image) => image.decode().catch(() => null)));
      return images
        .filter((image) => !image.alt.trim() || !image.naturalWidth || !image.naturalHeight)
        .map((image) => image.outerHTML.slice(0, 120));
    },

    unreadMaths: () => {
      const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
      const found = [];
      while (walker.nextNode()) {
        const node = walker.currentNode;
        const quoted = node.parentElement.closest("pre, code, script, style, mjx-container");
        if (!quoted && /\\[([]|\\[a-z]+\{|\$\$/.test(node.data)) found.push(node.data.trim());
      }
      for (const maths of document.querySelectorAll("main .math"))
        if (!maths.querySelector("mjx-container")) found.push(name(maths));
      for (const error of document.querySelectorAll("mjx-merror, [data-mjx-error]"))
        found.push(name(error));
      return found;
    },

    links: () => [...document.querySelectorAll("a[href]")].map((link) => link.href),
    ids: () => [...document.querySelectorAll("[id], a[name]")].map((one) => one.id || one.name),

    // one of each kind of text: what has the same look has the same contrast
    kindsOfText: () => {
      const kinds = new Map();
      for (const element of document.body.querySelectorAll("*")) {
        if (!text(element) || element.closest("mjx-container") || !visible(element)) continue;
        const { color, fontSize, fontWeight, opacity } = getComputedStyle(element);
        const grounds = [element, ...ancestors(element)].map(
          (one) => getComputedStyle(one).backgroundColor,
        );
        const ground = grounds.find((one) => !one.endsWith(", 0)")) || "";
        const kind = [element.localName, color, ground, fontSize, fontWeight, opacity].join();
        if (!kinds.has(kind)) kinds.set(kind, element);
      }
      return [...kinds.values()];
    },

    axe: async (rules, elements) => {
      const options = { preload: false, resultTypes: ["violations"], ...rules };
      const found = await axe.run(elements ? { include: elements } : document, options);
      return found.violations.flatMap(({ id, nodes }) =>
        nodes.map((node) => `${id}: ${node.html.slice(0, 100)} ${node.any[0]?.message ?? ""}`),
      );
    },
  };
})();
