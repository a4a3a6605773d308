import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** File name of the compiled helper, beside the binding. */
export const QUIET = 'quiet.node';

/**
 * C++ source of a helper with one function: it loads a shared library while standard error points to nowhere.
 * TensorFlow writes a notice from a static initialiser, before it has read `TF_CPP_MIN_LOG_LEVEL`, so that nothing else
 * keeps it off the terminal. Once loaded, the library stays; the binding then finds it in memory.
 */
export const QUIET_SOURCE = `
#include <dlfcn.h>
#include <fcntl.h>
#include <node_api.h>
#include <string>
#include <unistd.h>

static napi_value Load(napi_env env, napi_callback_info info) {
  size_t count = 1, length = 0;
  napi_value argument, result;
  napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr);
  napi_get_value_string_utf8(env, argument, nullptr, 0, &length);
  std::string path(length, ' ');
  napi_get_value_string_utf8(env, argument, &path[0], length + 1, &length);
  const int kept = dup(STDERR_FILENO);
  const int nowhere = open("/dev/null", O_WRONLY);
  if (kept >= 0 && nowhere >= 0) dup2(nowhere, STDERR_FILENO);
  void* library = dlopen(path.c_str(), RTLD_LAZY);
  if (kept >= 0) dup2(kept, STDERR_FILENO);
  if (kept >= 0) close(kept);
  if (nowhere >= 0) close(nowhere);
  napi_get_boolean(env, library != nullptr, &result);
  return result;
}

NAPI_MODULE_INIT() {
  napi_value load;
  napi_create_function(env, "load", NAPI_AUTO_LENGTH, Load, nullptr, &load);
  return load;
}
`;

/** Loads a shared library without a word on the terminal. False when it does not load; the binding then says why. */
export function loadQuietly(helper: string, library: string): boolean {
  try {
    return (require(helper) as (path: string) => boolean)(library);
  } catch {
    return false;
  }
}
