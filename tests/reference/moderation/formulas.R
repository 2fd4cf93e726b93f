# Formulas by hand; read by moderation.R and by tests/differential/moderations.R.

# Bounds by hand: where (b1 + b3 u)^2 = t^2 var(u); u on the centred (scaled) moderator.
bounds <- function(b1, b3, v11, v33, v13, t) {
  root <- polyroot(c(b1^2 - t^2 * v11, 2 * (b1 * b3 - t^2 * v13), b3^2 - t^2 * v33))
  root <- sort(Re(root[abs(Im(root)) < 1e-6 * Mod(root) + 1e-9]))
  f <- function(u) (b1 + b3 * u)^2 - t^2 * (v11 + 2 * u * v13 + u^2 * v33)
  # polish: polyroot stops at about 1e-10
  vapply(root, function(u) {
    for (i in 1:5) u <- u - f(u) / (2 * b3 * (b1 + b3 * u) - t^2 * (2 * v13 + 2 * u * v33))
    u
  }, 0)
}

# HC3 by QR. sandwich::vcovHC inverts X'X, which loses every digit when a product is formed from
# columns far from zero; elsewhere the two are compared.
hc3_qr <- function(fit) {
  q <- qr(model.matrix(fit)); Q <- qr.Q(q)
  half <- t(backsolve(qr.R(q), t(Q) %*% diag(residuals(fit) / (1 - rowSums(Q^2)))))
  H <- crossprod(half); dimnames(H) <- list(names(coef(fit)), names(coef(fit)))
  H
}
