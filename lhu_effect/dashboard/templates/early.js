// What stands below the first screen waits in <noscript>: without scripts it is simply there, with them the browser
// need not lay it out before the reader can begin. page.js puts it in place, piece by piece; if any script fails, all of
// it comes at once. Old browsers must understand this file.
(function () {
  var mark = "noscript[data-later]";
  document.documentElement.className += " js";
  window.lhuLater = {
    waiting: function () { return [].slice.call(document.querySelectorAll(mark)); },
    place: function (piece) {
      var box = document.createElement("template");
      box.innerHTML = piece.textContent;
      var made = [].slice.call(box.content.children);
      piece.parentNode.replaceChild(box.content, piece);
      return made;
    }
  };
  var rescue = function () { lhuLater.waiting().forEach(lhuLater.put || lhuLater.place); };
  addEventListener("error", rescue);
  addEventListener("unhandledrejection", rescue);
})();
