# A theme taken together, in base R: whole matrices, one grid point at a time.
# Reads cells.csv, question.csv and expected.csv in this folder; prints both columns; fails where they differ.

cells <- read.csv("cells.csv", colClasses = c(indicator = "character", unit = "character", region = "character"))
question <- read.csv("question.csv", colClasses = "character")
ask <- setNames(question$value, question$name)
phi0 <- as.numeric(ask["phi0"]); tau_scale <- as.numeric(ask["tau_scale"])
levels <- as.numeric(strsplit(ask["levels"], " ")[[1]])
asked <- unique(cells$indicator); units <- unique(cells$unit); years <- sort(unique(cells$year))
region <- cells$region[match(units, cells$unit)]; regional <- length(unique(region)) > 1
after <- sort(unique(match(cells$year[cells$target == 1], years)))
# step 1: up is worse
up <- cells$higher_is_better == 1
few <- ifelse(up, cells$n - cells$k_high, cells$k_low); many <- ifelse(up, cells$n - cells$k_low, cells$k_high)
size <- c(length(asked), length(units), length(years))
at <- cbind(match(cells$indicator, asked), match(cells$unit, units), match(cells$year, years))
filled <- function(x) { a <- array(NA_real_, size); a[at] <- x; a }
low <- filled(few); high <- filled(many); n <- filled(cells$n); fit <- filled(cells$fit); k <- (low + high) / 2
layer <- function(a, i) matrix(a[i, , ], size[2], size[3])

smoothed <- function(i, used) {
  ks <- ifelse(used, layer(k, i), 0); ns <- ifelse(used, layer(n, i), 0)
  pbar <- (sum(ks) + .5) / (sum(ns) + 1)
  p_d <- (rowSums(ks) + 20 * pbar) / (rowSums(ns) + 20); p_t <- (colSums(ks) + .5) / (colSums(ns) + 1)
  plogis(outer(qlogis(p_d), ifelse(colSums(used) > 0, qlogis(p_t) - qlogis(pbar), 0), "+"))
}
# steps 2 and 3: cells where every question has an answer; rare questions leave, all at once and again
questions <- seq_along(asked)
repeat {
  used <- Reduce("&", lapply(questions, function(i) {
    ok <- layer(fit, i) == 1 & layer(n, i) >= 5 & !is.na(layer(k, i)); ok[is.na(ok)] <- FALSE; ok
  }))
  p <- lapply(seq_along(asked), function(i) if (i %in% questions) smoothed(i, used))
  rare <- Filter(function(i) min(layer(n, i)[1, after] * p[[i]][1, after] * (1 - p[[i]][1, after])) < 5, questions)
  if (!length(rare)) break
  questions <- setdiff(questions, rare)
}
# steps 4 and 5: weights, and one outcome
total <- function(x) Reduce("+", x)
v <- lapply(questions, function(i) 1 / ((layer(n, i) + 1) * p[[i]] * (1 - p[[i]])))
w <- sapply(v, function(x) 1 / (.15^2 + phi0 * mean(x[1, after]))); w <- w / sum(w)
Y <- total(Map(function(i, a) a * log((layer(k, i) + .5) / (layer(n, i) - layer(k, i) + .5)), questions, w))
v0 <- total(Map(function(x, a) a^2 * x, v, w)); v1 <- total(Map(function(x, a) a * sqrt(x), v, w))^2
psi0 <- phi0 * (1 + .35 * (mean((v1 / v0)[1, after]) - 1))
extra <- total(Map(function(i, a) a^2 * ((layer(high, i) - layer(low, i) + 1)^2 - 1) / 12 /
  (layer(n, i) * p[[i]] * (1 - p[[i]]))^2, questions, w))

# step 6: one dummy per unit, one per wave but the first
where <- which(used, arr.ind = TRUE); d <- where[, 1]; t <- where[, 2]
rows <- sort(unique(d)); waves <- sort(unique(t)); a <- ifelse(seq_along(years) %in% after, 1 / length(after), 0)
X <- cbind(outer(d, rows, "=="), outer(t, waves[-1], "==")) * 1
x0 <- c((rows == 1) * 1, a[waves[-1]])
z <- (years - mean(years)) / 3
K <- function(d, s, f, t, tau, rho, omega, omega_r) {
  apart <- abs(outer(years[s], years[t], "-")) / 3
  near <- ifelse(apart == 0, 1, if (rho > 0) rho^apart else 0)
  own <- outer(d, f, "==") * (tau^2 * near + omega^2 * outer(z[s], z[t]))
  own + (if (regional) omega_r^2 * outer(region[d], region[f], "==") * (apart == 0) else 0)
}
# steps 7 and 8: grid, priors, REML weight, what was to be expected
TAU <- c(0, .07, .14, .22, .33, .55, .9); OMEGA <- c(0, .03, .06, .1); PSI <- psi0 * c(.4, .6, .85, 1.2, 1.7, 2.5)
OMEGA_R <- if (regional) c(0, .05, .1, .18, .3) else 0
width <- function(x) {
  k <- length(x)
  if (k == 1) 1 else c(x[2] - x[1], (x[-(1:2)] - x[-c(k - 1, k)]) / 2, x[k] - x[k - 1])
}
half_t <- function(x, scale) -2.5 * log(1 + (x / scale)^2 / 4)
grid <- expand.grid(i = seq_along(TAU), j = seq_along(PSI), rho = c(0, .6), o = seq_along(OMEGA), r = seq_along(OMEGA_R))
grid <- grid[!(TAU[grid$i] == 0 & grid$rho > 0), ]
own <- rep(1, length(after)); even <- own / length(after)
points <- base::t(apply(grid, 1, function(g) {
  tau <- TAU[g["i"]]; psi <- PSI[g["j"]]; omega <- OMEGA[g["o"]]; omega_r <- OMEGA_R[g["r"]]; rho <- g["rho"]
  S <- diag(psi * v0[where] + extra[where]) + K(d, t, d, t, tau, rho, omega, omega_r)
  Si <- solve(S); XSX <- crossprod(X, Si) %*% X; C <- solve(XSX)
  b <- C %*% crossprod(X, Si) %*% Y[where]; e <- Y[where] - X %*% b
  weight <- -.5 * (determinant(S)$modulus + crossprod(e, Si) %*% e + determinant(XSX)$modulus) +
    half_t(tau, tau_scale) + half_t(omega, .04) - .5 * (log(psi / psi0) / .5)^2 +
    log(width(TAU)[g["i"]]) + log(width(OMEGA)[g["o"]]) + log(width(log(PSI))[g["j"]]) +
    (if (tau > 0) log(.5) else 0) + (if (regional) half_t(omega_r, .1) + log(width(OMEGA_R)[g["r"]]) else 0)
  q <- K(d, t, own, after, tau, rho, omega, omega_r) %*% even
  top <- even %*% K(own, after, own, after, tau, rho, omega, omega_r) %*% even
  h <- x0 - crossprod(X, Si) %*% q
  c(weight, x0 %*% b + crossprod(q, Si) %*% e, top - crossprod(q, Si) %*% q + crossprod(h, C) %*% h, psi)
}))
g <- exp(points[, 1] - max(points[, 1])); g <- g / sum(g); cf <- points[, 2]; V <- points[, 3]; psi <- points[, 4]

# step 9: the interval
Y1 <- mean(Y[1, after]); more <- sum(extra[1, after]) / length(after)^2
F <- function(theta) {
  s <- 0
  for (j in seq_along(questions)) {
    i <- questions[j]; share <- plogis(qlogis(p[[i]][1, after]) + theta)
    s <- s + sum(w[j]^2 / length(after)^2 / ((layer(n, i)[1, after] + 1) * share * (1 - share)))
  }
  sum(g * pnorm((Y1 - cf - theta) / sqrt(V + psi * s + more)))
}
expected_log_odds <- sum(g * cf); point <- Y1 - expected_log_odds
end <- function(sign, aim) {
  for (j in 1:60) if (sign * (F(point + sign * .05 * j) - aim) <= 0) {
    inside <- sort(point + sign * .05 * c(j - 1, j))
    return(uniroot(function(x) F(x) - aim, inside, tol = 1e-14)$root)
  }
  sign * Inf
}
# step 10: the index
o <- sapply(questions, function(i) mean(qlogis(p[[i]][1, after]))); base <- o - sum(w * o) + expected_log_odds
index <- function(theta) {
  if (is.infinite(theta)) return(if (theta < 0) 0 else 100 * length(questions) / sum(plogis(base)))
  100 * sum(plogis(base + theta)) / sum(plogis(base))
}
found <- c(estimate = point, index = index(point), p_value = min(1, 2 * min(F(0), 1 - F(0))))
for (level in levels) for (side in c("low", "high")) {
  x <- if (side == "low") end(-1, 1 - (1 - level) / 2) else end(1, (1 - level) / 2)
  found[sprintf("%s_%g", side, level)] <- x
  found[sprintf("index_%s_%g", side, level)] <- index(x)
}
expected <- read.csv("expected.csv")
made <- found[expected$name]
cat(sprintf("%-16s lhu-effect %+.9f   this script %+.9f\n", expected$name, expected$value, made), sep = "")
same <- made == expected$value | abs(made - expected$value) < 1e-6
if (!all(same)) quit(status = 1)
