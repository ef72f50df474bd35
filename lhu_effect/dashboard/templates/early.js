// What stands below the first screen waits in <noscript>: without scripts it is simply there, with them the browser
// need not read it before the reader can begin. page.js puts it in place, step by step; if any script fails, all of it
// comes at once. Old browsers must understand this file.
(function () {
  var mark = "noscript[data-later]";
  document.documentElement.className += " js";
  window.lhuLater = {
    waiting: function () { return [].slice.call(document.querySelectorAll(mark)); },
    parsed: function (piece) {
      var box = document.createElement("template");
      box.innerHTML = piece.textContent;
      return box.content;
    },
    stop: function () {}
  };
  var rescue = function () {
    lhuLater.stop();
    lhuLater.waiting().forEach(function (piece) { piece.parentNode.replaceChild(lhuLater.parsed(piece), piece); });
  };
  addEventListener("error", rescue);
  addEventListener("unhandledrejection", rescue);
})();
