/* What PostgreSQL calls the parameters of functions, for calls that name their arguments. */
#include "types/type.h"

#include <string.h>

/* Functions whose parameters have no names there are not listed. */
static const struct function_parameters lists[] = {
    {"json_array_elements", "from_json", NULL},
    {"json_array_elements_text", "from_json", NULL},
    {"json_each", "from_json", NULL},
    {"json_each_text", "from_json", NULL},
    {"jsonb_array_elements", "from_json", NULL},
    {"jsonb_array_elements_text", "from_json", NULL},
    {"jsonb_each", "from_json", NULL},
    {"jsonb_each_text", "from_json", NULL},
    {"jsonb_insert", "jsonb_in path replacement insert_after", "false"},
    {"jsonb_path_exists", "target path vars silent", "{} false"},
    {"jsonb_path_match", "target path vars silent", "{} false"},
    {"jsonb_path_query", "target path vars silent", "{} false"},
    {"jsonb_path_query_array", "target path vars silent", "{} false"},
    {"jsonb_path_query_first", "target path vars silent", "{} false"},
    {"jsonb_set", "jsonb_in path replacement create_if_missing", "true"},
    {"jsonb_strip_nulls", "target", NULL},
    {"make_date", "year month day", NULL},
    {"make_interval", "years months weeks days hours mins secs", "0 0 0 0 0 0 0"},
    {"make_time", "hour min sec", NULL},
    {"make_timestamp", "year month mday hour min sec", NULL},
    {"make_timestamptz", "year month mday hour min sec", NULL},
    /* jsonb_delta */
    {"jsonb_array_contains_id", "data array_path id_key id_value", NULL},
    {"jsonb_array_delete_where", "target array_path match_key match_value", NULL},
    {"jsonb_array_insert_where", "target array_path new_element sort_key sort_order",
     "NULL ASC"},
    {"jsonb_array_update_multi_row", "targets array_path match_key match_value updates",
     NULL},
    {"jsonb_array_update_where", "target array_path match_key match_value updates",
     NULL},
    {"jsonb_array_update_where_batch", "target array_path match_key updates_array",
     NULL},
    {"jsonb_deep_merge", "target source", NULL},
    {"jsonb_delta_array_update_where_path",
     "target array_key match_key match_value update_path update_value", NULL},
    {"jsonb_delta_set_path", "target path value", NULL},
    {"jsonb_extract_id", "data key", "id"},
    {"jsonb_merge_at_path", "target source path", NULL},
    {"jsonb_merge_shallow", "target source", NULL},
    {"jsonb_smart_patch_array", "target source array_path match_key match_value", NULL},
    {"jsonb_smart_patch_nested", "target source path", NULL},
    {"jsonb_smart_patch_scalar", "target source", NULL},
};

const struct function_parameters *function_parameters(const char *function) {
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
    if (strcmp(lists[i].function, function) == 0)
      return &lists[i];
  return NULL;
}
