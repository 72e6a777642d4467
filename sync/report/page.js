// What can be clicked in a report: light and dark, pages of changes, a search in them. Without it everything is shown.
(function () {
  var page = document.documentElement;
  page.classList.add("js");

  var theme = document.querySelector(".theme");
  theme.onclick = function () {
    var now = page.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
    page.dataset.theme = now === "dark" ? "light" : "dark";
  };

  function pages(list) {
    var rows = Array.from(list.querySelectorAll(".change"));
    var size = Number(list.dataset.page), at = 0, hits = rows, texts = null;
    var input = list.querySelector("input"), count = list.querySelector(".n");
    var back = list.querySelectorAll("button")[0], on = list.querySelectorAll("button")[1];

    function show() {
      rows.forEach(function (row) { row.classList.add("off"); });
      hits.slice(at, at + size).forEach(function (row) { row.classList.remove("off"); });
      count.textContent = (hits.length ? at + 1 : 0) + "–" + Math.min(at + size, hits.length) + " / " + hits.length;
      back.disabled = at === 0;
      on.disabled = at + size >= hits.length;
    }

    function turn(by) {
      at = Math.max(0, at + by);
      show();
      list.scrollIntoView();
    }

    input.oninput = function () {
      texts = texts || rows.map(function (row) { return row.textContent.toLowerCase(); });
      var words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      hits = rows.filter(function (row, n) {
        var fits = words.every(function (word) { return texts[n].includes(word); });
        row.classList.toggle("no", !fits);
        return fits;
      });
      at = 0;
      show();
    };
    back.onclick = function () { turn(-size); };
    on.onclick = function () { turn(size); };
    show();
  }
  document.querySelectorAll("[data-page]").forEach(pages);
})();
