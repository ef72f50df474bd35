"use strict";
(() => {
  const why = document.getElementById("why");
  why.hidden = false;
  const tell = (cell) => { why.textContent = `${cell.dataset.at}: ${cell.title}`; };
  const steps = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };

  // One cell of each map can be reached with Tab; arrows go on from there, over cells where nothing was.
  const next = (cell, [down, right]) => {
    const rows = cell.closest("tbody").rows;
    let row = cell.parentElement.sectionRowIndex + down;
    let col = cell.cellIndex + right;
    while (rows[row] && rows[row].cells[col]) {
      if (rows[row].cells[col].title) return rows[row].cells[col];
      row += down;
      col += right;
    }
    return null;
  };
  const go = (from, to) => {
    for (const stop of from.closest("table").querySelectorAll("td[tabindex='0']")) stop.tabIndex = -1;
    to.tabIndex = 0;
    to.focus();
  };

  document.addEventListener("click", (event) => {
    const cell = event.target.closest(".map td[title]");
    if (!cell) return;
    go(cell, cell);
    tell(cell);
  });
  document.addEventListener("focusin", (event) => {
    if (event.target.matches(".map td[title]")) tell(event.target);
  });
  document.addEventListener("keydown", (event) => {
    const cell = event.target.closest(".map td[title]");
    if (!cell || !(event.key in steps)) return;
    event.preventDefault();
    const to = next(cell, steps[event.key]);
    if (to) go(cell, to);
  });
})();
