"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const plots = [...document.querySelectorAll(".plot")];
  const config = { displayModeBar: false, responsive: true, scrollZoom: false, doubleClick: false, showTips: false };
  const PAPER = 900; // px, the width of a figure on paper, where the style shrinks the page

  const draw = (plot, look, width) => {
    const figure = data.figures[plot.dataset.figure];
    const layout = structuredClone({ ...figure.layout, template: look });
    const entries = layout.meta.legend;
    if (entries.length) {
      const room = width || plot.clientWidth;
      const fits = entries.reduce((sum, one) => sum + one, 0) <= room;
      const columns = Math.max(1, Math.floor(room / Math.max(...entries)));
      const above = 10 + 20 * (fits ? 1 : Math.ceil(entries.length / columns));
      layout.height += above - layout.margin.t;
      layout.margin.t = above;
    }
    layout.autosize = !width;
    if (width) layout.width = width;
    plot.style.minHeight = "";
    return Plotly.react(plot, structuredClone(figure.data), layout, config);
  };
  const all = (look, width) => plots.forEach((plot) => draw(plot, look, width));
  const onScreen = () => all(dark.matches ? data.dark : data.light);
  onScreen();
  dark.addEventListener("change", onScreen);

  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details.print:not([open])")];
    opened.forEach((one) => { one.open = true; });
    all(data.light, PAPER);
  });
  window.addEventListener("afterprint", () => {
    opened.forEach((one) => { one.open = false; });
    onScreen();
  });

  // Tables: sorted by the heads, which are buttons; text as text, and by its first number where a column holds numbers.
  const text = (row, column) => row.cells[column].textContent.trim();
  const number = (value) => {
    const found = value.replace(/\u2212/g, "-").match(/[-+]?\d[\d.]*(?:e[-+]?\d+)?/i);
    return found ? Number(found[0]) + (value.startsWith(">") ? 0.5 : 0) : -Infinity;
  };
  const sort = (table, column, rising) => {
    const rows = [...table.tBodies[0].rows];
    const numeric = table.tHead.rows[0].cells[column].classList.contains("num");
    const order = numeric
      ? (a, b) => number(text(a, column)) - number(text(b, column))
      : (a, b) => text(a, column).localeCompare(text(b, column), "en", { numeric: true });
    rows.sort((a, b) => (rising ? order(a, b) : order(b, a)));
    table.tBodies[0].append(...rows);
  };
  document.querySelectorAll("table.sortable").forEach((table) => {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      head.querySelector("button").addEventListener("click", () => {
        const first = head.classList.contains("num") ? "descending" : "ascending";
        const other = first === "ascending" ? "descending" : "ascending";
        const now = head.getAttribute("aria-sort") === first ? other : first;
        heads.forEach((one) => one.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", now);
        sort(table, column, now === "ascending");
      });
    });
  });

  // Filters: words that a row must hold, and the kind it must be of.
  document.querySelectorAll(".filter").forEach((filter) => {
    const words = filter.querySelector("input");
    const kind = filter.querySelector("select");
    const count = filter.querySelector(".count");
    const rows = [...document.getElementById(words.dataset.table).tBodies[0].rows];
    const apply = () => {
      const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      rows.forEach((row) => {
        const held = row.textContent.toLowerCase();
        const fits = wanted.every((word) => held.includes(word)) && (!kind || !kind.value || row.dataset.kind === kind.value);
        row.hidden = !fits;
        shown += fits ? 1 : 0;
      });
      count.textContent = `${shown} of ${rows.length} rows`;
    };
    words.addEventListener("input", apply);
    if (kind) kind.addEventListener("change", apply);
    apply();
    filter.hidden = false;
  });
})();
