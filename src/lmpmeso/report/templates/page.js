"use strict";
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const made = (name, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  };

  // Tables: each heading sorts; a third click brings the first order back.
  for (const table of all("table[data-sortable]")) {
    const body = table.tBodies[0];
    const first = [...body.rows];
    const key = (row, column) => {
      const cell = row.cells[column];
      return cell.dataset.order !== undefined ? Number(cell.dataset.order) : cell.textContent.trim();
    };
    const compare = (a, b) => {
      const numbers = [typeof a === "number", typeof b === "number"];
      if (numbers[0] && numbers[1]) return a - b;
      if (numbers[0] !== numbers[1]) return numbers[0] ? -1 : 1; // what is not known comes last
      return a.localeCompare(b);
    };
    const headings = [...table.tHead.rows[0].cells];
    headings.forEach((heading, column) => {
      const button = made("button", { type: "button" });
      button.append(...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => {
        const next = { null: "ascending", ascending: "descending", descending: null }[heading.getAttribute("aria-sort")];
        headings.forEach((other) => other.removeAttribute("aria-sort"));
        if (next === null) return body.append(...first);
        heading.setAttribute("aria-sort", next);
        const sign = next === "ascending" ? 1 : -1;
        const known = (row) => typeof key(row, column) === "number";
        body.append(...[...first].sort((a, b) =>
          (known(a) && known(b) ? sign : known(a) === known(b) ? sign : 1) * compare(key(a, column), key(b, column))));
      });
    });
  }

  // Figures: each opens in a dialog, where it can be enlarged.
  const dialog = document.getElementById("zoom");
  const images = all(".plate img");
  const picture = all("img", dialog)[0];
  const view = all(".view", dialog)[0];
  let shown = 0;
  let scale = 1;
  const fitting = () => {
    return Math.min((view.clientWidth - 16) / images[shown].dataset.width, (view.clientHeight - 16) / images[shown].dataset.height);
  };
  const resize = (factor) => {
    const middle = [(view.scrollLeft + view.clientWidth / 2) / scale, (view.scrollTop + view.clientHeight / 2) / scale];
    scale = Math.min(Math.max(factor, 0.2), 12);
    picture.style.width = `${Math.round(scale * images[shown].dataset.width)}px`;
    view.scrollTo({ left: middle[0] * scale - view.clientWidth / 2, top: middle[1] * scale - view.clientHeight / 2, behavior: "instant" });
  };
  const show = (number) => {
    shown = (number + images.length) % images.length;
    const image = images[shown];
    const figure = image.closest("figure");
    picture.src = image.src;
    picture.alt = image.alt;
    all("h2", dialog)[0].textContent = figure.dataset.title;
    all(".words", dialog)[0].innerHTML = all("figcaption", figure)[0].innerHTML;
    if (!dialog.open) dialog.showModal();
    resize(fitting());
  };
  const actions = {
    previous: () => show(shown - 1),
    next: () => show(shown + 1),
    larger: () => resize(scale * 1.4),
    smaller: () => resize(scale / 1.4),
    fit: () => resize(fitting()),
    close: () => dialog.close(),
  };
  images.forEach((image, number) => {
    const button = made("button", { type: "button" });
    button.setAttribute("aria-haspopup", "dialog");
    image.replaceWith(button);
    button.append(image, made("span", { className: "unseen", textContent: "Enlarge" }));
    button.addEventListener("click", () => show(number));
  });

  // On a phone the panels of a figure stand one below the other, each cut out of the whole picture.
  const phone = window.matchMedia("screen and (max-width: 40rem)");
  const piece = (whole, [left, top, width, height]) => {
    const part = made("span", { className: "piece" });
    const place = (start, length, all) => all > length ? `${100 * start / (all - length)}%` : "0";
    part.style.flexGrow = width;
    part.style.aspectRatio = `${width} / ${height}`;
    part.style.backgroundSize = `${100 * whole.width / width}% ${100 * whole.height / height}%`;
    part.style.backgroundPosition = `${place(left, width, whole.width)} ${place(top, height, whole.height)}`;
    return part;
  };
  const stacked = (image) => {
    const whole = { width: Number(image.dataset.width), height: Number(image.dataset.height) };
    const stack = made("span", { className: "stack", role: "img", ariaLabel: image.alt });
    stack.style.setProperty("--picture", `url("${image.src}")`);
    for (const boxes of JSON.parse(image.dataset.panels)) {
      const panel = made("span", { className: "panel" }, ...boxes.map((box) => piece(whole, box)));
      panel.style.setProperty("--natural", `${boxes.reduce((sum, box) => sum + box[2], 0)}px`);
      stack.append(panel);
    }
    return stack;
  };
  const stackPanels = () => {
    for (const image of images) {
      if (phone.matches && image.dataset.panels && !image.nextElementSibling.matches(".stack")) {
        image.after(stacked(image));
      }
    }
  };
  phone.addEventListener("change", stackPanels);
  stackPanels();
  all("button[data-action]", dialog).forEach((button) => {
    button.addEventListener("click", () => actions[button.dataset.action]());
  });
  const keys = { ArrowLeft: "previous", ArrowRight: "next", "+": "larger", "=": "larger", "-": "smaller", "0": "fit" };
  dialog.addEventListener("keydown", (event) => {
    const scrolls = document.activeElement === view && event.key.startsWith("Arrow");
    if (event.ctrlKey || event.metaKey || event.altKey || scrolls || !(event.key in keys)) return;
    event.preventDefault();
    actions[keys[event.key]]();
  });
  dialog.addEventListener("close", () => all("button", images[shown].closest(".plate"))[0].focus());
  window.addEventListener("resize", () => dialog.open && resize(fitting()));

  // Commands and files: copied at a click, where the browser allows that.
  if (navigator.clipboard) {
    for (const text of all("pre[data-copy]")) {
      const box = made("div", { className: "copied" });
      const button = made("button", { type: "button", className: "tool", textContent: "Copy" });
      text.replaceWith(box);
      box.append(text, button);
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(text.textContent);
        button.textContent = "Copied";
        setTimeout(() => { button.textContent = "Copy"; }, 2000);
      });
    }
  }

  // Contents: the section that is being read.
  const links = new Map(all("nav a").map((link) => [link.hash.slice(1), link]));
  const sections = all("main > section[id]").filter((section) => links.has(section.id));
  const mark = () => {
    const bottom = window.innerHeight + window.scrollY >= document.documentElement.scrollHeight - 2;
    const begun = sections.filter((section) => section.getBoundingClientRect().top < 120);
    const current = bottom ? sections.at(-1) : begun.at(-1) ?? sections[0];
    links.forEach((link, id) => id === current.id ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current"));
  };
  document.addEventListener("scroll", mark, { passive: true });
  mark();

  // Paper shows all there is.
  window.addEventListener("beforeprint", () => all("details").forEach((details) => { details.open = true; }));
})();
