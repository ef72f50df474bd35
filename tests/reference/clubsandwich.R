# Cluster-robust errors and Satterthwaite df of clustered.json's pupils by clubSandwich. Command, from the repository:
# python -c "import json, csv, sys; c = json.load(open('tests/reference/clustered.json'))['cells']; w = csv.writer(sys.stdout); w.writerow(c); w.writerows(zip(*c.values()))" | Rscript tests/reference/clubsandwich.R > tests/reference/clubsandwich.csv
suppressMessages(library(clubSandwich))
cells <- read.csv(file("stdin"))
pupils <- cells[rep(seq_len(nrow(cells)), cells$n), ]
pupils$y <- unlist(Map(function(k, n) c(rep(1, k), rep(0, n - k)), cells$k, cells$n))
formula <- y ~ exposed + factor(unit) + factor(year)
fits <- list(linear = lm(formula, pupils),
             logit = glm(formula, binomial, pupils, control = glm.control(epsilon = 1e-15, maxit = 100)))
cat("link,vcov,estimate,std_error,df\n")
for (link in names(fits)) for (type in c("CR1S", "CR2", "CR3")) {
  test <- coef_test(fits[[link]], vcovCR(fits[[link]], pupils$school, type), coefs = "exposed", test = "Satterthwaite")
  cat(sprintf("%s,%s,%.15g,%.15g,%.15g\n", link, type, test$beta, test$SE, test$df_Satt))
}
