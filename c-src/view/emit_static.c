/* VALUES and other queries that read nothing: their rows never change. */
#include "view/emit.h"

static int plan_static(struct plan *plan, const char **refusal) {
  if (plan->read_count > 0)
    *refusal = "it reads relations";
  else if (plan->binding.volatility != 0)
    *refusal = "it calls a function that is not immutable";
  return TIDE_OK;
}

/* Nothing that it reads changes. */
static int emit(struct plan *plan, bool *recompute) {
  (void)plan;
  *recompute = false;
  return TIDE_OK;
}

static int explain(struct plan *plan, struct buffer *out) {
  (void)plan, (void)out;
  return TIDE_OK;
}

const struct emitter emit_static = {
    .name = "none is needed, it reads nothing",
    .plan = plan_static,
    .emit = emit,
    .explain = explain,
};
