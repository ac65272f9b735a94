(() => {
  "use strict";
  const every = (selector) => Array.from(document.querySelectorAll(selector));

  // A folded list must not be missing on paper.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = every("details:not([open])");
    folded.forEach((list) => { list.open = true; });
  });
  addEventListener("afterprint", () => folded.forEach((list) => { list.open = false; }));

  // One theme at a time on the map: while pointed at, or until chosen again.
  const map = document.querySelector("svg.map");
  const buttons = every(".topics button");
  if (map) {
    let chosen = null;
    const single = (group) => {
      map.classList.toggle("single", group !== null);
      map.querySelectorAll("[data-g]").forEach((sign) => sign.classList.toggle("on", sign.dataset.g === group));
      buttons.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.g === chosen)));
    };
    buttons.forEach((button) => {
      const group = button.dataset.g;
      button.addEventListener("pointerenter", () => single(group));
      button.addEventListener("pointerleave", () => single(chosen));
      button.addEventListener("click", () => { chosen = chosen === group ? null : group; single(chosen); });
    });
  }

  // The contents show where the reader is.
  const links = new Map(every(".contents a").map((link) => [link.hash.slice(1), link]));
  const headings = every("main h2[id]").filter((heading) => links.has(heading.id));
  const follow = () => {
    const passed = headings.filter((heading) => heading.getBoundingClientRect().top < innerHeight * 0.3);
    const here = passed.length ? passed[passed.length - 1].id : null;
    links.forEach((link, id) => {
      if (id === here) { link.setAttribute("aria-current", "true"); } else { link.removeAttribute("aria-current"); }
    });
  };
  addEventListener("scroll", follow, { passive: true });
  follow();
})();
