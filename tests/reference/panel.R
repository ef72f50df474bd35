# Two-way fixed effects on panel.csv, clusters = towns: clubSandwich's CR2 with Satterthwaite's df.
# Run by make_panel.py.
suppressMessages(library(clubSandwich))
args <- commandArgs(FALSE)
here <- dirname(sub("--file=", "", args[grep("--file=", args)]))
d <- read.csv(file.path(here, "panel.csv"))
fit <- lm(y ~ on + factor(town) + factor(year), d)
cat("vcov,estimate,std_error,df\n")
for (kind in c("CR2")) {  # its CR3 stops where fixed effects lie inside clusters
  t <- coef_test(fit, vcovCR(fit, d$town, kind), test = "Satterthwaite", coefs = "on")
  cat(sprintf("%s,%.15g,%.15g,%.15g\n", kind, t$beta, t$SE, t$df_Satt))
}
