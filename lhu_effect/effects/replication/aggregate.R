# n-weighted aggregate difference-in-differences by lm: one change per unit, weighted least squares.
# Reads cells.csv, question.csv and expected.csv in this folder; prints both columns; fails where they differ.

cells <- read.csv("cells.csv", colClasses = c(unit = "character"))
question <- read.csv("question.csv", colClasses = "character")
levels <- as.numeric(strsplit(question$value[question$name == "levels"], " ")[[1]])
expected <- read.csv("expected.csv")
cells$k <- (cells$k_low + cells$k_high) / 2
own <- cells$unit[cells$target == 1]; after <- cells$year[cells$target == 1]
before <- cells$year[cells$unit == own & cells$fit == 1]
first <- aggregate(cbind(k, n) ~ unit, cells[cells$year %in% before, ], sum)
last <- aggregate(cbind(k, n) ~ unit, cells[cells$year == after, ], sum)
both <- merge(first, last, by = "unit", suffixes = c("0", "1"))
both$change <- both$k1 / both$n1 - both$k0 / both$n0
both$own <- as.numeric(both$unit == own)
fit <- lm(change ~ own, both, weights = 1 / (1 / both$n0 + 1 / both$n1))
row <- summary(fit)$coefficients["own", ]
found <- c(estimate = row[[1]], std_error = row[[2]], df = fit$df.residual, p_value = row[[4]])
for (level in levels) {
  ends <- confint(fit, "own", level)
  found[sprintf("low_%g", level)] <- ends[1]; found[sprintf("high_%g", level)] <- ends[2]
}
made <- found[expected$name]
cat(sprintf("%-12s lhu-effect %+.9f   lm %+.9f\n", expected$name, expected$value, made), sep = "")
if (any(abs(made - expected$value) > 1e-7)) quit(status = 1)
