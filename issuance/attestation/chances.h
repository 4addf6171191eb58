#pragma once
// The two distributions that the anomaly report asks Boost.Math for. Numbers in, a number out, and no memory: so the
// tests' build optimizes this file and leaves the sanitizers out, which would find nothing and take half of its time.

namespace attestation {

// P(X >= hits) of a binomial: the regularized incomplete beta function I_rate(hits, trials − hits + 1).
// 0 < hits <= trials, 0 < rate < 1; both counts may lie between whole numbers.
double binomial_tail(double trials, double hits, double rate);
// The value that a chi-squared variable of so many degrees stays below with probability p, 0 < p < 1.
double chi_squared_quantile(double freedom, double p);

}  // namespace attestation
