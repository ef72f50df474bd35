# School-clustered difference-in-differences on pupil rows, by clubSandwich (install.packages("clubSandwich")).
# CR1 is Stata's and fixest's: fixest::feols(y ~ exposed | unit + year, cluster = ~school) gives the same error.
# Reads cells.csv, question.csv and expected.csv in this folder; prints both columns; fails where they differ.

library(clubSandwich)
cells <- read.csv("cells.csv", colClasses = c(school = "character", unit = "character", extra = "character"))
question <- read.csv("question.csv", colClasses = "character")
ask <- setNames(question$value, question$name)
levels <- as.numeric(strsplit(ask["levels"], " ")[[1]])
expected <- read.csv("expected.csv")
pupils <- cells[rep(seq_len(nrow(cells)), cells$n), ]
pupils$y <- unlist(Map(function(k, n) c(rep(1, k), rep(0, n - k)), cells$k, cells$n))
several <- Filter(function(x) length(unique(pupils[[x]])) > 1, c("unit", "year", "extra"))
terms <- c(sprintf("factor(%s)", several), "exposed")
formula <- as.formula(paste("y ~", paste(terms, collapse = " + ")))
fit <- if (ask["link"] == "linear") lm(formula, pupils) else
  glm(formula, binomial, pupils, control = glm.control(epsilon = 1e-14, maxit = 100))
kind <- if (ask["vcov"] == "CR1") "CR1S" else ask[["vcov"]]
V <- vcovCR(fit, cluster = pupils$school, type = kind)
test <- coef_test(fit, vcov = V, coefs = "exposed", test = if (kind == "CR1S") "naive-t" else "Satterthwaite")
df <- if (kind == "CR1S") length(unique(pupils$school)) - 1 else test$df_Satt
effect <- test$beta; error <- test$SE
found <- c(estimate = effect, std_error = error, df = df, p_value = 2 * pt(-abs(effect / error), df))
for (level in levels) {
  found[sprintf("low_%g", level)] <- effect - qt((1 + level) / 2, df) * error
  found[sprintf("high_%g", level)] <- effect + qt((1 + level) / 2, df) * error
}
made <- found[expected$name]
cat(sprintf("%-12s lhu-effect %+.9f   clubSandwich %+.9f\n", expected$name, expected$value, made), sep = "")
# a logit's score is settled to the optimiser's precision, and its df with it
if (any(abs(made - expected$value) > 1e-6 * (1 + abs(expected$value)))) quit(status = 1)
