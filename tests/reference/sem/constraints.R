# Solutions under constraints that are not linear equations, where lavaan's own search stops some
# 1e-5 standard errors from the solution. Newton steps on Lagrange's equations find the solution of
# the same problem; the constraints, made linear there, are handed to lavaan, which gives the
# standard errors it would give for the constraints themselves.

is_constraint <- function(table) table$op %in% c("==", "<", ">")

needs_newton <- function(fit) {
  any(is_constraint(as.data.frame(parTable(fit)))) && !fit@Model@eq.constraints
}

# Equations and bounds as functions of the free parameters, bounds as "at least zero".
constraints_of <- function(fit) {
  given <- Filter(function(constraint) length(formals(constraint)) > 0,
                  list(fit@Model@ceq.function, fit@Model@cin.function))
  function(x) unlist(lapply(given, function(constraint) as.numeric(constraint(x))))
}

holding <- function(fit) {
  jacobian <- fit@Model@con.jac
  !seq_len(nrow(jacobian)) %in% attr(jacobian, "inactive.idx")
}

free_values <- function(table, x) {
  free <- table$free > 0
  table$ustart[free] <- x[table$free[free]]
  table
}

# `own` is lavaan's fit with its constraints. Gives a table with linear constraints, or without.
polish_constrained <- function(own, data, options) {
  table <- as.data.frame(parTable(own))
  bare <- table[!is_constraint(table), ]
  active <- holding(own)
  bound <- function(x) constraints_of(own)(x)[active]
  x <- as.numeric(own@optim$x)
  for (round in 1:8) {
    fit <- fit_at(free_values(bare, x), data, "ML", options, se = "none", baseline = FALSE,
                  test = "none")
    gradient <- as.numeric(lavInspect(fit, "gradient"))
    hessian <- unclass(lavInspect(fit, "hessian"))
    if (!any(active)) {
      step <- -solve(hessian, gradient)
      scale <- sqrt(diag(solve(hessian)) / lavInspect(fit, "ntotal"))
    } else {
      slopes <- numDeriv::jacobian(bound, x)
      multipliers <- qr.solve(t(slopes), gradient)
      curved <- hessian - Reduce(`+`, lapply(seq_along(multipliers), function(k) {
        multipliers[k] * numDeriv::hessian(function(x) bound(x)[k], x)
      }))
      left <- cbind(rbind(curved, slopes), rbind(-t(slopes), 0 * tcrossprod(slopes)))
      step <- solve(left, c(-(gradient - crossprod(slopes, multipliers)), -bound(x)))
      step <- step[seq_along(x)]
      scale <- sqrt(diag(solve(hessian)) / lavInspect(fit, "ntotal"))
    }
    if (round == 1) lavaans <- max(abs(step) / scale)
    in_se <- max(abs(step) / scale)
    if (round > 1 && in_se < 1e-10) break
    x <- x + step
  }
  solved <- free_values(bare, x)
  if (any(active)) solved <- rbind(solved, linear_rows(solved, numDeriv::jacobian(bound, x), x))
  structure(as.list(solved), step_in_se = in_se, lavaans_step_in_se = lavaans)
}

linear_rows <- function(table, slopes, x) {
  first <- match(seq_along(x), table$free)
  rows <- table[rep(1, nrow(slopes)), ]
  rows$op <- "=="
  rows$label <- rows$plabel <- ""
  rows[c("free", "group", "block")] <- 0L
  rows$ustart <- NA
  for (k in seq_len(nrow(slopes))) {
    used <- which(abs(slopes[k, ]) > 1e-12)
    terms <- sprintf("%.15e*%s", slopes[k, used], table$plabel[first[used]])
    rows$lhs[k] <- gsub("\\+ *-", "- ", paste(terms, collapse = " + "))
    rows$rhs[k] <- sprintf("%.15e", sum(slopes[k, used] * x[used]))
  }
  rows
}
