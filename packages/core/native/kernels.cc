// Kernels of the native engine: passes over memory that TensorFlow would do as many operations, done as one.
//
// Each has a twin made of tfjs operations, which is what the WebAssembly engine runs and what the tests hold it to. They are
// registered through TensorFlow's C interface, so that one source serves every TensorFlow version the engine loads.
// Compiled with -ffp-contract=off: the same bits on every processor, and where the order of operations is that of the twin,
// the twin's bits.

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>

#include <node_api.h>

#include "tensorflow_c.h"

// Compiled for several generations of processors; the dynamic linker takes the best that runs here.
#define VECTORISED __attribute__((target_clones("avx512f", "avx2", "default"), optimize("O3")))

namespace {

// ---- The thin layer over the C interface ---------------------------------------------------------------------------

// Inputs of one call, freed at its end.
class Call {
 public:
  explicit Call(TF_OpKernelContext* context) : context_(context), status_(TF_NewStatus()) {}
  ~Call() {
    if (failed_) {
      // Said last: every call of the interface in between would have reset it.
      TF_SetStatus(status_, TF_INVALID_ARGUMENT, "an input of the kernel has another number of elements than expected");
      TF_OpKernelContext_Failure(context_, status_);
    }
    for (int i = 0; i < held_; i++) TF_DeleteTensor(tensors_[i]);
    TF_DeleteStatus(status_);
  }

  TF_Tensor* tensor(int index) {
    TF_Tensor* t = nullptr;
    TF_GetInput(context_, index, &t, status_);
    return hold(t);
  }

  // The elements of an input, of which there must be `count`; null, and the call fails, where there are not.
  const float* input(int index, int64_t count) { return static_cast<const float*>(data(tensor(index), count)); }

  const void* data(TF_Tensor* t, int64_t count) {
    if (t != nullptr && TF_TensorElementCount(t) == count) return TF_TensorData(t);
    failed_ = true;
    return nullptr;
  }

  // False once anything has gone wrong; nothing may be computed then.
  bool fine() const { return !failed_; }

  // An output in the shape of `like`; takes over the memory of input `reuse` where nobody else reads it.
  float* output(int index, TF_Tensor* like, int reuse = -1) {
    int64_t dims[8];
    const int rank = TF_NumDims(like);
    for (int i = 0; i < rank; i++) dims[i] = TF_Dim(like, i);
    return output(index, dims, rank, reuse);
  }

  float* output(int index, const int64_t* dims, int rank, int reuse = -1) {
    int forwarded = -1;
    TF_Tensor* t = TF_ForwardInputOrAllocateOutput(context_, &reuse, reuse >= 0 ? 1 : 0, index, dims, rank,
                                                   &forwarded, status_);
    return static_cast<float*>(TF_TensorData(hold(t)));
  }

 private:
  TF_Tensor* hold(TF_Tensor* t) {
    if (t != nullptr) tensors_[held_++] = t;
    return t;
  }

  TF_OpKernelContext* context_;
  TF_Status* status_;
  TF_Tensor* tensors_[16];
  int held_ = 0;
  bool failed_ = false;
};

int64_t last(TF_Tensor* t) { return TF_Dim(t, TF_NumDims(t) - 1); }

// The float attributes of a kernel, in the order of `Op::floats`.
struct Attributes {
  float values[8];
};

struct Op {
  const char* name;
  const char* inputs[12];   // "name: type", ended by null
  const char* outputs[6];
  const char* floats[8];    // attributes
  void (*compute)(void*, TF_OpKernelContext*);
};

// ---- Optimisers ----------------------------------------------------------------------------------------------------

struct AdamNumbers {
  float b1, c1, b2, c2, eps, l2, rate, root, shrink, scale;
};

VECTORISED void adam(int64_t n, const float* __restrict p, const float* __restrict m, const float* __restrict v,
                     const float* __restrict g, AdamNumbers a, float* __restrict p2, float* __restrict m2,
                     float* __restrict v2) {
  for (int64_t i = 0; i < n; i++) {
    const float gi = g[i] * a.scale + p[i] * a.l2;
    const float mi = m[i] * a.b1 + gi * a.c1;
    const float vi = v[i] * a.b2 + (gi * gi) * a.c2;
    m2[i] = mi;
    v2[i] = vi;
    p2[i] = p[i] * a.shrink - (mi / (std::sqrt(vi) * a.root + a.eps)) * a.rate;
  }
}

// params, m, v, gradient [P]; numbers [3] = lr/(1 − β₁ᵗ), 1/√(1 − β₂ᵗ), lr; scale [], of the gradient.
void adamCompute(void* kernel, TF_OpKernelContext* context) {
  Call call(context);
  const float* f = static_cast<Attributes*>(kernel)->values;
  TF_Tensor* params = call.tensor(0);
  const float* p = static_cast<const float*>(TF_TensorData(params));
  const int64_t n = TF_TensorElementCount(params);
  const float *m = call.input(1, n), *v = call.input(2, n), *g = call.input(3, n);
  const float *numbers = call.input(4, 3), *scale = call.input(5, 1);
  if (!call.fine()) return;
  AdamNumbers a{f[0], f[1], f[2], f[3], f[4], f[5], numbers[0], numbers[1], 1.0f - numbers[2] * f[6], *scale};
  float *p2 = call.output(0, params), *m2 = call.output(1, params), *v2 = call.output(2, params);
  adam(n, p, m, v, g, a, p2, m2, v2);
}

VECTORISED void fill(int64_t n, float value, float* __restrict out) {
  for (int64_t i = 0; i < n; i++) out[i] = value;
}

// How many elements from the first on are equal, at most n; compares a block with itself shifted by one.
int64_t equalRun(const float* x, int64_t n) {
  constexpr int64_t kBlock = 256;
  int64_t run = 1;
  while (run + kBlock <= n && std::memcmp(x + run - 1, x + run, kBlock * sizeof(float)) == 0) run += kBlock;
  while (run < n && x[run] == x[0]) run++;
  return run;
}

// The same with steps and reached [P] after the gradient: elements with reached 0 stay as they are, the others count their
// own steps. Both change seldom along the vector, so the corrections are worked out once a run of equal elements.
void partialAdamCompute(void* kernel, TF_OpKernelContext* context) {
  Call call(context);
  const float* f = static_cast<Attributes*>(kernel)->values;
  TF_Tensor* params = call.tensor(0);
  const float* p = static_cast<const float*>(TF_TensorData(params));
  const int64_t n = TF_TensorElementCount(params);
  const float *m = call.input(1, n), *v = call.input(2, n), *g = call.input(3, n), *steps = call.input(4, n);
  const float *reached = call.input(5, n), *numbers = call.input(6, 3), *scale = call.input(7, 1);
  if (!call.fine()) return;
  AdamNumbers a{f[0], f[1], f[2], f[3], f[4], f[5], 0, 0, 1.0f - numbers[2] * f[6], *scale};
  float *p2 = call.output(0, params), *m2 = call.output(1, params), *v2 = call.output(2, params);
  float* steps2 = call.output(3, params);
  for (int64_t i = 0; i < n;) {
    const int64_t run = equalRun(steps + i, equalRun(reached + i, n - i));
    const float taken = steps[i] + reached[i];
    fill(run, taken, steps2 + i);
    if (reached[i] != 0) {
      const double first = -std::expm1(taken * std::log(static_cast<double>(f[0])));
      const double second = -std::expm1(taken * std::log(static_cast<double>(f[2])));
      a.rate = static_cast<float>(numbers[2] / first);
      a.root = static_cast<float>(1.0 / std::sqrt(second));
      adam(run, p + i, m + i, v + i, g + i, a, p2 + i, m2 + i, v2 + i);
    } else {
      const size_t bytes = static_cast<size_t>(run) * sizeof(float);
      std::memcpy(p2 + i, p + i, bytes);
      std::memcpy(m2 + i, m + i, bytes);
      std::memcpy(v2 + i, v + i, bytes);
    }
    i += run;
  }
}

// values [R], lengths int32 [R] → each value as often as its length says, [Σ lengths].
void repeatCompute(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor* runs = call.tensor(0);
  const float* values = static_cast<const float*>(TF_TensorData(runs));
  const int64_t count = TF_TensorElementCount(runs);
  const int32_t* lengths = static_cast<const int32_t*>(call.data(call.tensor(1), count));
  if (!call.fine()) return;
  int64_t total = 0;
  for (int64_t r = 0; r < count; r++) total += lengths[r];
  float* out = call.output(0, &total, 1);
  for (int64_t r = 0; r < count; r++) {
    fill(lengths[r], values[r], out);
    out += lengths[r];
  }
}

// ---- Moving averages -----------------------------------------------------------------------------------------------

VECTORISED void lerp(int64_t n, const float* __restrict a, const float* __restrict b, float x, float y,
                     float* __restrict out) {
  for (int64_t i = 0; i < n; i++) out[i] = a[i] * x + b[i] * y;
}

// a, b in one shape, weights [2]: weights₀ · a + weights₁ · b.
void lerpCompute(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor* like = call.tensor(0);
  const float* a = static_cast<const float*>(TF_TensorData(like));
  const int64_t n = TF_TensorElementCount(like);
  const float* b = call.input(1, n);
  const float* weights = call.input(2, 2);
  if (!call.fine()) return;
  lerp(n, a, b, weights[0], weights[1], call.output(0, like));
}

// ---- Dropout -------------------------------------------------------------------------------------------------------

inline uint32_t mix(uint32_t h) {
  h ^= h >> 16;
  h *= 0x85ebca6bu;
  h ^= h >> 13;
  h *= 0xc2b2ae35u;
  return h ^ (h >> 16);
}

VECTORISED void drop(int64_t n, const float* __restrict x, uint32_t a, uint32_t b, uint32_t threshold, float kept,
                     float* __restrict out) {
  for (int64_t i = 0; i < n; i++) {
    const uint32_t h = mix(mix(static_cast<uint32_t>(i) ^ a) + b);
    out[i] = x[i] * ((h >> 8) < threshold ? 0.0f : kept);
  }
}

// x in any shape, seed int32 [2]: the hash of nn/dropout.ts.
void dropoutCompute(void* kernel, TF_OpKernelContext* context) {
  Call call(context);
  const float rate = static_cast<Attributes*>(kernel)->values[0];
  TF_Tensor* x = call.tensor(0);
  const int32_t* seed = static_cast<const int32_t*>(call.data(call.tensor(1), 2));
  if (!call.fine()) return;
  const uint32_t threshold = static_cast<uint32_t>(std::lround(static_cast<double>(rate) * 16777216.0));
  const float* from = static_cast<const float*>(TF_TensorData(x));
  drop(TF_TensorElementCount(x), from, static_cast<uint32_t>(seed[0]), static_cast<uint32_t>(seed[1]), threshold,
       1.0f / (1.0f - rate), call.output(0, x, 0));
}

// ---- Row standardisation (layer norm without its affine part) --------------------------------------------------------

VECTORISED float sum(int64_t d, const float* __restrict x) {
  float lanes[16] = {0};
  int64_t i = 0;
  for (; i + 16 <= d; i += 16)
    for (int k = 0; k < 16; k++) lanes[k] += x[i + k];
  float total = 0;
  for (; i < d; i++) total += x[i];
  for (int k = 0; k < 16; k++) total += lanes[k];
  return total;
}

VECTORISED float dot(int64_t d, const float* __restrict x, const float* __restrict y) {
  float lanes[16] = {0};
  int64_t i = 0;
  for (; i + 16 <= d; i += 16)
    for (int k = 0; k < 16; k++) lanes[k] += x[i + k] * y[i + k];
  float total = 0;
  for (; i < d; i++) total += x[i] * y[i];
  for (int k = 0; k < 16; k++) total += lanes[k];
  return total;
}

VECTORISED float squares(int64_t d, const float* __restrict x, float mean, float* __restrict centred) {
  float lanes[16] = {0};
  int64_t i = 0;
  for (; i + 16 <= d; i += 16)
    for (int k = 0; k < 16; k++) {
      const float c = x[i + k] - mean;
      centred[i + k] = c;
      lanes[k] += c * c;
    }
  float total = 0;
  for (; i < d; i++) {
    centred[i] = x[i] - mean;
    total += centred[i] * centred[i];
  }
  for (int k = 0; k < 16; k++) total += lanes[k];
  return total;
}

VECTORISED void scaleBy(int64_t d, float* x, float factor) {
  for (int64_t i = 0; i < d; i++) x[i] *= factor;
}

// x [N, D] → rows with mean 0 and variance 1, [N, D]; 1/√(variance + ε), [N, 1].
void standardizeCompute(void* kernel, TF_OpKernelContext* context) {
  Call call(context);
  const float eps = static_cast<Attributes*>(kernel)->values[0];
  TF_Tensor* input = call.tensor(0);
  const int64_t d = last(input);
  const int64_t n = d == 0 ? 0 : TF_TensorElementCount(input) / d;
  const float* x = static_cast<const float*>(TF_TensorData(input));
  const int64_t column[2] = {n, 1};
  float* y = call.output(0, input);
  float* inverse = call.output(1, column, 2);
  for (int64_t i = 0; i < n; i++) {
    const float mean = sum(d, x + i * d) / static_cast<float>(d);
    const float variance = squares(d, x + i * d, mean, y + i * d) / static_cast<float>(d);
    inverse[i] = 1.0f / std::sqrt(variance + eps);
    scaleBy(d, y + i * d, inverse[i]);
  }
}

VECTORISED void standardGradient(int64_t d, const float* __restrict dy, const float* __restrict y, float mean,
                                 float along, float inverse, float* __restrict dx) {
  for (int64_t i = 0; i < d; i++) dx[i] = ((dy[i] - mean) - y[i] * along) * inverse;
}

// dy, y [N, D], inverse [N, 1] → dx [N, D].
void standardizeGradCompute(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor* gradient = call.tensor(0);
  const int64_t d = last(gradient);
  const int64_t n = d == 0 ? 0 : TF_TensorElementCount(gradient) / d;
  const float* dy = static_cast<const float*>(TF_TensorData(gradient));
  const float *y = call.input(1, n * d), *inverse = call.input(2, n);
  if (!call.fine()) return;
  float* dx = call.output(0, gradient);
  for (int64_t i = 0; i < n; i++) {
    const float mean = sum(d, dy + i * d) / static_cast<float>(d);
    const float along = dot(d, dy + i * d, y + i * d) / static_cast<float>(d);
    standardGradient(d, dy + i * d, y + i * d, mean, along, inverse[i], dx + i * d);
  }
}

// ---- Layer norm ------------------------------------------------------------------------------------------------------

VECTORISED void affine(int64_t d, const float* __restrict gamma, const float* __restrict beta, float inverse,
                       float* __restrict normed, float* __restrict y) {
  for (int64_t i = 0; i < d; i++) {
    const float z = normed[i] * inverse;
    normed[i] = z;
    y[i] = z * gamma[i] + beta[i];
  }
}

// x [N, D], γ, β [D] → y, standardised x [N, D], inverse [N, 1].
void layerNormCompute(void* kernel, TF_OpKernelContext* context) {
  Call call(context);
  const float eps = static_cast<Attributes*>(kernel)->values[0];
  TF_Tensor* input = call.tensor(0);
  const int64_t d = last(input);
  const int64_t n = d == 0 ? 0 : TF_TensorElementCount(input) / d;
  const float* x = static_cast<const float*>(TF_TensorData(input));
  const float *gamma = call.input(1, d), *beta = call.input(2, d);
  if (!call.fine()) return;
  const int64_t column[2] = {n, 1};
  float *y = call.output(0, input), *normed = call.output(1, input), *inverse = call.output(2, column, 2);
  for (int64_t i = 0; i < n; i++) {
    const float mean = sum(d, x + i * d) / static_cast<float>(d);
    const float variance = squares(d, x + i * d, mean, normed + i * d) / static_cast<float>(d);
    inverse[i] = 1.0f / std::sqrt(variance + eps);
    affine(d, gamma, beta, inverse[i], normed + i * d, y + i * d);
  }
}

VECTORISED void layerNormRow(int64_t d, const float* __restrict dy, const float* __restrict normed,
                             const float* __restrict gamma, float* __restrict dx, float* __restrict dgamma,
                             float* __restrict dbeta) {
  for (int64_t i = 0; i < d; i++) {
    dx[i] = dy[i] * gamma[i];
    dgamma[i] += dy[i] * normed[i];
    dbeta[i] += dy[i];
  }
}

VECTORISED void standardInPlace(int64_t d, const float* __restrict normed, float mean, float along, float inverse,
                                float* __restrict dx) {
  for (int64_t i = 0; i < d; i++) dx[i] = ((dx[i] - mean) - normed[i] * along) * inverse;
}

// dy, standardised x [N, D], inverse [N, 1], γ [D] → dx [N, D], dγ, dβ [D].
void layerNormGradCompute(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor* gradient = call.tensor(0);
  const int64_t d = last(gradient);
  const int64_t n = d == 0 ? 0 : TF_TensorElementCount(gradient) / d;
  const float* dy = static_cast<const float*>(TF_TensorData(gradient));
  const float *normed = call.input(1, n * d), *inverse = call.input(2, n), *gamma = call.input(3, d);
  if (!call.fine()) return;
  float *dx = call.output(0, gradient), *dgamma = call.output(1, &d, 1), *dbeta = call.output(2, &d, 1);
  for (int64_t i = 0; i < d; i++) dgamma[i] = dbeta[i] = 0;
  for (int64_t i = 0; i < n; i++) {
    const float* y = normed + i * d;
    layerNormRow(d, dy + i * d, y, gamma, dx + i * d, dgamma, dbeta);
    const float mean = sum(d, dx + i * d) / static_cast<float>(d);
    const float along = dot(d, dx + i * d, y) / static_cast<float>(d);
    standardInPlace(d, y, mean, along, inverse[i], dx + i * d);
  }
}

// ---- Activations -----------------------------------------------------------------------------------------------------

// eˣ for x ≤ 0 to within 2 units in the last place: eˣ = 2ᵏ eʳ with r = x − k ln 2 and a polynomial of degree 6 for eʳ.
inline float expOf(float x) {
  const float clamped = x < -87.0f ? -87.0f : x;
  const float shifted = clamped * 1.44269504f + 12582912.0f;  // the sum rounds to a whole number
  const float k = shifted - 12582912.0f;
  const float r = (clamped - k * 0.693359375f) + k * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  const float series = p * r * r + r + 1.0f;
  const int32_t bits = (static_cast<int32_t>(k) + 127) << 23;
  float power;
  std::memcpy(&power, &bits, sizeof power);
  return series * power;
}

// erf as an odd rational function on [−4, 4], where it has reached ±1 in float32.
inline float erfOf(float v) {
  const float x = v > 4.0f ? 4.0f : v < -4.0f ? -4.0f : v;
  const float s = x * x;
  float p = -2.72614225801306e-10f;
  p = p * s + 2.77068142495902e-08f;
  p = p * s - 2.10102402082508e-06f;
  p = p * s - 5.69250639462346e-05f;
  p = p * s - 7.34990630326855e-04f;
  p = p * s - 2.95459980854025e-03f;
  p = p * s - 1.60960333262415e-02f;
  float q = -1.45660718464996e-05f;
  q = q * s - 2.13374055278905e-04f;
  q = q * s - 1.68282697438203e-03f;
  q = q * s - 7.37332916720468e-03f;
  q = q * s - 1.42647390514189e-02f;
  return x * p / q;
}

VECTORISED void gelu(int64_t n, const float* __restrict x, float* __restrict y, float* __restrict slope) {
  for (int64_t i = 0; i < n; i++) {
    const float cdf = (erfOf(x[i] * 0.70710678f) + 1.0f) * 0.5f;
    y[i] = x[i] * cdf;
    slope[i] = cdf + x[i] * (expOf(x[i] * x[i] * -0.5f) * 0.39894228f);
  }
}

// x → x Φ(x) and its derivative Φ(x) + x φ(x), both in x's shape.
void geluCompute(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor* input = call.tensor(0);
  const float* x = static_cast<const float*>(TF_TensorData(input));
  float *y = call.output(0, input), *slope = call.output(1, input);
  gelu(TF_TensorElementCount(input), x, y, slope);
}

// logits [R, C], targets [R, C] or one for all rows [1, C] → cross entropy summed over the rows [], and its gradient
// softmax · Σ target − target [R, C].
void crossEntropyCompute(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor* input = call.tensor(0);
  const int64_t c = last(input);
  const int64_t rows = c == 0 ? 0 : TF_TensorElementCount(input) / c;
  const float* logits = static_cast<const float*>(TF_TensorData(input));
  TF_Tensor* targets = call.tensor(1);
  const bool shared = TF_TensorElementCount(targets) == c;
  const float* target = static_cast<const float*>(call.data(targets, shared ? c : rows * c));
  if (!call.fine()) return;
  float* loss = call.output(0, static_cast<const int64_t*>(nullptr), 0);
  float* gradient = call.output(1, input);
  double sum = 0;
  for (int64_t r = 0; r < rows; r++) {
    const float* z = logits + r * c;
    const float* wanted = shared ? target : target + r * c;
    // Written so that a NaN among the logits comes out as one.
    float top = z[0];
    for (int64_t i = 1; i < c; i++) top = z[i] <= top ? top : z[i];
    double total = 0, mass = 0;
    for (int64_t i = 0; i < c; i++) total += std::exp(static_cast<double>(z[i] - top));
    for (int64_t i = 0; i < c; i++) mass += wanted[i];
    const double logTotal = std::log(total);
    for (int64_t i = 0; i < c; i++) {
      const double logp = static_cast<double>(z[i] - top) - logTotal;
      sum -= logp * wanted[i];
      gradient[r * c + i] = static_cast<float>(std::exp(logp) * mass) - wanted[i];
    }
  }
  *loss = static_cast<float>(sum);
}

VECTORISED void gateGradient(int64_t n, const float* __restrict dy, const float* __restrict t,
                             const float* __restrict g, float* __restrict dp, float* __restrict dq) {
  for (int64_t i = 0; i < n; i++) {
    const float z = t[i] * g[i];
    dp[i] = dy[i] * (g[i] - z * t[i]);
    dq[i] = dy[i] * (z - z * g[i]);
  }
}

// dy, tanh(p), σ(q) [N, L] → dp, dq [N, L].
void gateGradCompute(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor* gradient = call.tensor(0);
  const float* dy = static_cast<const float*>(TF_TensorData(gradient));
  const int64_t n = TF_TensorElementCount(gradient);
  const float *t = call.input(1, n), *g = call.input(2, n);
  if (!call.fine()) return;
  float* dp = call.output(0, gradient);
  float* dq = call.output(1, gradient);
  gateGradient(n, dy, t, g, dp, dq);
}

VECTORISED void reluRow(int64_t d, const float* __restrict dy, const float* __restrict y, float* __restrict dz,
                        float* __restrict total) {
  for (int64_t i = 0; i < d; i++) {
    const float g = y[i] > 0 ? dy[i] : 0.0f;
    dz[i] = g;
    total[i] += g;
  }
}

// dy, y = relu(z) [N, D] → dz [N, D] and its column sums [D].
void reluBiasGradCompute(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor* gradient = call.tensor(0);
  const int64_t d = last(gradient);
  const int64_t n = d == 0 ? 0 : TF_TensorElementCount(gradient) / d;
  const float* dy = static_cast<const float*>(TF_TensorData(gradient));
  const float* y = call.input(1, n * d);
  if (!call.fine()) return;
  float* dz = call.output(0, gradient);
  float* total = call.output(1, &d, 1);
  for (int64_t i = 0; i < d; i++) total[i] = 0;
  for (int64_t i = 0; i < n; i++) reluRow(d, dy + i * d, y + i * d, dz + i * d, total);
}

// ---- Registration ----------------------------------------------------------------------------------------------------

const Op kOps[] = {
    {"AsmilAdam",
     {"params: float", "m: float", "v: float", "gradient: float", "numbers: float", "scale: float"},
     {"next_params: float", "next_m: float", "next_v: float"},
     {"b1", "c1", "b2", "c2", "eps", "l2", "decay"},
     adamCompute},
    {"AsmilPartialAdam",
     {"params: float", "m: float", "v: float", "gradient: float", "steps: float", "reached: float", "numbers: float",
      "scale: float"},
     {"next_params: float", "next_m: float", "next_v: float", "next_steps: float"},
     {"b1", "c1", "b2", "c2", "eps", "l2", "decay"},
     partialAdamCompute},
    {"AsmilRepeat", {"values: float", "lengths: int32"}, {"repeated: float"}, {}, repeatCompute},
    {"AsmilLerp", {"a: float", "b: float", "weights: float"}, {"mixed: float"}, {}, lerpCompute},
    {"AsmilDropout", {"x: float", "seed: int32"}, {"y: float"}, {"rate"}, dropoutCompute},
    {"AsmilStandardize", {"x: float"}, {"y: float", "inverse: float"}, {"eps"}, standardizeCompute},
    {"AsmilStandardizeGrad",
     {"dy: float", "y: float", "inverse: float"},
     {"dx: float"},
     {},
     standardizeGradCompute},
    {"AsmilLayerNorm",
     {"x: float", "gamma: float", "beta: float"},
     {"y: float", "normed: float", "inverse: float"},
     {"eps"},
     layerNormCompute},
    {"AsmilLayerNormGrad",
     {"dy: float", "normed: float", "inverse: float", "gamma: float"},
     {"dx: float", "dgamma: float", "dbeta: float"},
     {},
     layerNormGradCompute},
    {"AsmilGelu", {"x: float"}, {"y: float", "slope: float"}, {}, geluCompute},
    {"AsmilCrossEntropy",
     {"logits: float", "target: float"},
     {"loss: float", "gradient: float"},
     {},
     crossEntropyCompute},
    {"AsmilGateGrad",
     {"dy: float", "t: float", "g: float"},
     {"dp: float", "dq: float"},
     {},
     gateGradCompute},
    {"AsmilReluBiasGrad", {"dy: float", "y: float"}, {"dz: float", "total: float"}, {}, reluBiasGradCompute},
};
constexpr int kCount = sizeof(kOps) / sizeof(kOps[0]);

void unknownShapes(TF_ShapeInferenceContext* context, TF_Status* status) {
  TF_ShapeInferenceContextSetUnknownShape(context, status);
}

// One function a kernel: TensorFlow's callbacks carry no pointer that could tell which it is.
template <int I>
void* create(TF_OpKernelConstruction* construction) {
  auto* attributes = new Attributes();
  TF_Status* status = TF_NewStatus();
  for (int i = 0; i < 8 && kOps[I].floats[i] != nullptr; i++)
    TF_OpKernelConstruction_GetAttrFloat(construction, kOps[I].floats[i], &attributes->values[i], status);
  TF_DeleteStatus(status);
  return attributes;
}

void destroy(void* attributes) { delete static_cast<Attributes*>(attributes); }

template <int I>
bool registerFrom() {
  if constexpr (I < kCount) {
    const Op& op = kOps[I];
    TF_Status* status = TF_NewStatus();
    TF_OpDefinitionBuilder* definition = TF_NewOpDefinitionBuilder(op.name);
    for (int i = 0; i < 12 && op.inputs[i] != nullptr; i++) TF_OpDefinitionBuilderAddInput(definition, op.inputs[i]);
    for (int i = 0; i < 6 && op.outputs[i] != nullptr; i++) TF_OpDefinitionBuilderAddOutput(definition, op.outputs[i]);
    for (int i = 0; i < 8 && op.floats[i] != nullptr; i++) {
      char spec[64];
      std::snprintf(spec, sizeof spec, "%s: float", op.floats[i]);
      TF_OpDefinitionBuilderAddAttr(definition, spec);
    }
    TF_OpDefinitionBuilderSetShapeInferenceFunction(definition, unknownShapes);
    TF_RegisterOpDefinition(definition, status);
    bool fine = TF_GetCode(status) == TF_OK;
    if (fine) {
      TF_RegisterKernelBuilder(op.name, TF_NewKernelBuilder(op.name, "CPU", create<I>, op.compute, destroy), status);
      fine = TF_GetCode(status) == TF_OK;
    }
    TF_DeleteStatus(status);
    return fine && registerFrom<I + 1>();
  } else {
    return true;
  }
}

}  // namespace

// Registers everything; the module's value says whether TensorFlow took it.
NAPI_MODULE_INIT() {
  napi_value taken;
  napi_get_boolean(env, registerFrom<0>(), &taken);
  return taken;
}
