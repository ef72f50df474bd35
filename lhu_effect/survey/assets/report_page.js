"use strict";
(() => {
  const why = document.getElementById("why");
  const tell = (event) => {
    const cell = event.target.closest(".map td[title]");
    if (!cell || (event.type === "keydown" && event.key !== "Enter" && event.key !== " ")) return;
    const row = cell.parentElement.firstElementChild.textContent;
    const head = cell.closest("table").tHead.rows[0].cells[cell.cellIndex].textContent;
    why.textContent = `${head} ${row}: ${cell.title}`;
    if (event.type === "keydown") event.preventDefault();
  };
  document.addEventListener("click", tell);
  document.addEventListener("keydown", tell);
})();
