# Rscript tests/reference/sample_design.R > tests/reference/sample_design.json    (R survey 4.1, Debian r-cran-survey)
# The published examples (data(api)) and a small invented sample with a lone unit. "cells": how many schools said
# yes and no per sampling unit and type, all that the estimates need; the examples' own rows stay in R.
suppressMessages(library(survey)); data(api)
line <- function(name, formula, design, by = NULL) {
  p <- svymean(formula, design); ci <- svyciprop(formula, design, method = "logit")
  out <- sprintf('"%s": {"share": %.15g, "se": %.15g, "low": %.15g, "high": %.15g, "df": %d', name,
    coef(p)[1], SE(p)[1], attr(ci, "ci")[1], attr(ci, "ci")[2], as.integer(degf(design)))
  if (!is.null(by)) {
    b <- svyby(formula, by, design, svymean, covmat = TRUE); g <- names(coef(b))
    d <- svycontrast(b, setNames(c(1, -1, rep(0, length(g) - 2)), g))
    out <- paste0(out, sprintf(', "first": "%s", "second": "%s", "difference": %.15g, "difference_se": %.15g',
      g[1], g[2], coef(d)[1], SE(d)[1]))
  }
  paste0(out, "}")
}
prep <- function(d) { d$yes <- as.numeric(d$sch.wide == "Yes"); d }
strat <- svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = prep(apistrat))
clus1 <- svydesign(id = ~dnum, weights = ~pw, fpc = ~fpc, data = prep(apiclus1))
clus2 <- svydesign(id = ~dnum + snum, weights = ~pw, fpc = ~fpc1 + fpc2, data = prep(apiclus2))
clus2wr <- svydesign(id = ~dnum, weights = ~pw, data = prep(apiclus2))
toy <- data.frame(h = c(1,1,1,1,2,2,2,2,2,3,3), u = c(1,1,2,2,3,3,4,5,5,6,6), w = c(2,3,1,4,2,2,5,1,3,2,4),
                  yes = c(1,0,0,1,1,1,0,0,1,1,0))
opts <- character(0)
for (how in c("remove", "adjust")) {
  options(survey.lonely.psu = how)
  opts <- c(opts, line(paste0("toy_", how), ~yes, svydesign(id = ~u, strata = ~h, weights = ~w, data = toy)))
}
cells <- function(d, keys) {
  d$no <- 1 - d$yes
  n <- aggregate(d[c("yes", "no")], d[keys], sum)
  n$pw <- sprintf("%.15g", n$pw)
  rows <- apply(n, 1, function(r) paste0("[", paste0('"', trimws(r), '"', collapse = ", "), "]"))
  paste0("[", paste(rows, collapse = ", "), "]")
}
options(survey.lonely.psu = "fail")
cat("{\n\"cells\": {\"apistrat\": ", cells(prep(apistrat), c("stype", "comp.imp", "pw", "fpc")),
  ",\n \"apiclus1\": ", cells(prep(apiclus1), c("dnum", "stype", "pw", "fpc")),
  ",\n \"apiclus2\": ", cells(prep(apiclus2), c("dnum", "stype", "pw", "fpc1", "fpc2")), "},\n", paste(c(line("apistrat", ~yes, strat, ~comp.imp), line("apiclus1", ~yes, clus1, ~stype),
  line("apiclus2", ~yes, clus2, ~stype), line("apiclus2_with_replacement", ~yes, clus2wr, ~stype), opts),
  collapse = ",\n "), "\n}\n", sep = "")
