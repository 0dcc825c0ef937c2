/* SELECT … FROM one relation WHERE …: a changed row changes at most the row made of
 * it. */
#include "view/emit.h"

static int plan_filter(struct plan *plan, const char **refusal) {
  if (!plan->not_a_join && plan->join.source_count > 1) {
    *refusal = "it reads more than one relation";
    return TIDE_OK;
  }
  return emit_join.plan(plan, refusal); /* of one */
}

static int emit(struct plan *plan, bool *recompute) {
  return emit_join.emit(plan, recompute);
}

static int explain(struct plan *plan, struct buffer *out) {
  return emit_join.explain(plan, out);
}

const struct emitter emit_filter = {
    .name = "incremental filter",
    .plan = plan_filter,
    .emit = emit,
    .explain = explain,
};
