# Noise-floor difference-in-differences in base R: whole matrices, one grid point at a time.
# Reads cells.csv, question.csv and expected.csv in this folder; prints both columns; fails where they differ.

cells <- read.csv("cells.csv", colClasses = c(unit = "character", region = "character"))
question <- read.csv("question.csv", colClasses = "character")
ask <- setNames(question$value, question$name)
phi0 <- as.numeric(ask["phi0"]); tau_scale <- as.numeric(ask["tau_scale"])
levels <- as.numeric(strsplit(ask["levels"], " ")[[1]])
cells$k <- (cells$k_low + cells$k_high) / 2
regional <- length(unique(cells$region)) > 1
fit <- cells[cells$fit == 1, ]; goal <- cells[cells$target == 1, ]
center <- mean(unique(cells$year))

# step 1: smoothed shares
pbar <- (sum(fit$k) + .5) / (sum(fit$n) + 1)
smoothed <- function(r) {
  row <- fit[fit$unit == r$unit, ]; column <- fit[fit$year == r$year, ]
  p_d <- (sum(row$k) + 20 * pbar) / (sum(row$n) + 20)
  p_t <- (sum(column$k) + .5) / (sum(column$n) + 1)
  plogis(qlogis(p_d) + if (nrow(column)) qlogis(p_t) - qlogis(pbar) else 0)
}
# step 2: empirical logits and their variances; what rounding hides is added outside phi
y <- log((fit$k + .5) / (fit$n - fit$k + .5))
p <- sapply(seq_len(nrow(fit)), function(i) smoothed(fit[i, ]))
v <- 1 / ((fit$n + 1) * p * (1 - p))
extra <- ((fit$k_high - fit$k_low + 1)^2 - 1) / 12 / (fit$n * p * (1 - p))^2

# step 3: one dummy per unit, one per wave but the first
units <- sort(unique(fit$unit)); waves <- sort(unique(fit$year))
dummies <- function(r) cbind(outer(r$unit, units, "=="), outer(r$year, waves[-1], "==")) * 1
X <- dummies(fit); x0 <- drop(dummies(goal))
K <- function(a, b, tau, rho, omega, omega_r) {
  apart <- abs(outer(a$year, b$year, "-")) / 3
  near <- ifelse(apart == 0, 1, if (rho > 0) rho^apart else 0)
  own <- outer(a$unit, b$unit, "==") * (tau^2 * near + omega^2 * outer((a$year - center) / 3, (b$year - center) / 3))
  own + (if (regional) omega_r^2 * outer(a$region, b$region, "==") * (apart == 0) else 0)
}
# steps 4 and 5: grid, priors, REML weight, counterfactual
TAU <- c(0, .07, .14, .22, .33, .55, .9); PHI <- c(1, 1.4, 1.9, 2.6); OMEGA <- c(0, .03, .06, .1)
OMEGA_R <- if (regional) c(0, .05, .1, .18, .3) else 0
width <- function(x) {
  k <- length(x)
  if (k == 1) 1 else c(x[2] - x[1], (x[-(1:2)] - x[-c(k - 1, k)]) / 2, x[k] - x[k - 1])
}
half_t <- function(x, scale) -2.5 * log(1 + (x / scale)^2 / 4)
grid <- expand.grid(i = seq_along(TAU), j = seq_along(PHI), rho = c(0, .6), o = seq_along(OMEGA), z = seq_along(OMEGA_R))
grid <- grid[!(TAU[grid$i] == 0 & grid$rho > 0), ]
points <- t(apply(grid, 1, function(g) {
  tau <- TAU[g["i"]]; phi <- PHI[g["j"]]; omega <- OMEGA[g["o"]]; omega_r <- OMEGA_R[g["z"]]; rho <- g["rho"]
  S <- diag(phi * v + extra) + K(fit, fit, tau, rho, omega, omega_r)
  Si <- solve(S); XSX <- t(X) %*% Si %*% X; C <- solve(XSX)
  b <- C %*% t(X) %*% Si %*% y; e <- y - X %*% b
  weight <- -.5 * (determinant(S)$modulus + t(e) %*% Si %*% e + determinant(XSX)$modulus) +
    half_t(tau, tau_scale) + half_t(omega, .04) - .5 * (log(phi / phi0) / .35)^2 +
    log(width(TAU)[g["i"]]) + log(width(OMEGA)[g["o"]]) + log(width(log(PHI))[g["j"]]) +
    (if (tau > 0) log(.5) else 0) + (if (regional) half_t(omega_r, .1) + log(width(OMEGA_R)[g["z"]]) else 0)
  q <- K(fit, goal, tau, rho, omega, omega_r); h <- x0 - t(X) %*% Si %*% q
  c(weight, x0 %*% b + t(q) %*% Si %*% e, K(goal, goal, tau, rho, omega, omega_r) - t(q) %*% Si %*% q + t(h) %*% C %*% h, phi)
}))
w <- exp(points[, 1] - max(points[, 1])); w <- w / sum(w); cf <- points[, 2]; V <- points[, 3]; phi <- points[, 4]

# step 6: interval on the count scale, 7 Gauss-Hermite nodes from the eigenvalues of their Jacobi matrix
J <- matrix(0, 7, 7); for (i in 1:6) J[i, i + 1] <- J[i + 1, i] <- sqrt(i)
E <- eigen(J, symmetric = TRUE); nodes <- E$values; om <- E$vectors[1, ]^2
n1 <- goal$n
F <- function(theta, k) {
  p <- plogis(outer(cf, rep(1, 7)) + outer(sqrt(V), nodes) + theta)
  sum(w * (pnorm((k - n1 * p) / sqrt(phi * n1 * p * (1 - p))) %*% om))
}
# step 7: percentage points
m <- sum(w * cf); Vc <- sum(w * (V + cf^2)) - m^2; phibar <- sum(w * phi)
share <- function(theta, k) {
  if (is.infinite(theta)) return(if (theta < 0) -plogis(m) else 1 - plogis(m))
  y1 <- log((k + .5) / (n1 - k + .5)); p <- plogis((y1 + m + theta) / 2)
  Vy <- phibar / (n1 * max(p * (1 - p), 1e-6)); at <- (m / Vc + (y1 - theta) / Vy) / (1 / Vc + 1 / Vy)
  plogis(at + theta) - plogis(at)
}
root <- function(f) uniroot(f, c(-25, 25), tol = 1e-13)$root
found <- c(estimate = goal$k / n1 - plogis(m), p_value = min(1, 2 * min(F(0, goal$k_high), 1 - F(0, goal$k_low))))
for (level in levels) {
  a <- 1 - level
  low <- if (goal$k_low == 0) -Inf else root(function(x) F(x, goal$k_low) - (1 - a / 2))
  high <- if (goal$k_high == n1) Inf else root(function(x) F(x, goal$k_high) - a / 2)
  found[sprintf("low_%g", level)] <- share(low, goal$k_low)
  found[sprintf("high_%g", level)] <- share(high, goal$k_high)
}
expected <- read.csv("expected.csv")
made <- found[expected$name]
cat(sprintf("%-12s lhu-effect %+.9f   this script %+.9f\n", expected$name, expected$value, made), sep = "")
if (any(abs(made - expected$value) > 1e-7)) quit(status = 1)
