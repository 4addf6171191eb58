#include "issuance/attestation/chances.h"

#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/special_functions/beta.hpp>

namespace attestation {

double binomial_tail(double trials, double hits, double rate) {
  return boost::math::ibeta(hits, trials - hits + 1, rate);
}

double chi_squared_quantile(double freedom, double p) {
  return boost::math::quantile(boost::math::chi_squared_distribution<double>(freedom), p);
}

}  // namespace attestation
