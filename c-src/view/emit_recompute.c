/* Every SELECT that no other emitter takes: recomputed whole, and only what differs
 * is written. */
#include "view/emit.h"
#include "view/partition.h"

static int plan_recompute(struct plan *plan, const char **refusal) {
  *refusal = NULL;
  return partition_identify(plan);
}

static int emit(struct plan *plan, bool *recompute) {
  (void)plan;
  *recompute = true;
  return TIDE_OK;
}

const struct emitter emit_recompute = {
    .name = "recompute",
    .plan = plan_recompute,
    .emit = emit,
};
