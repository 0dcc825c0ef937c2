/* The patterns of dates and times in templates: "YYYY-MM-DD HH24:MI". */
#ifndef TIDE_TYPES_DATE_PATTERN_H
#define TIDE_TYPES_DATE_PATTERN_H

#include "types/template.h"

enum date_pattern {
  P_YYYY,
  P_YYY,
  P_YY,
  P_Y,
  P_Y_YYY,
  P_IYYY,
  P_IYY,
  P_IY,
  P_I,
  P_CC,
  P_Q,
  P_MM,
  P_MONTH,
  P_MON,
  P_RM,
  P_DDD,
  P_IDDD,
  P_DD,
  P_D,
  P_ID,
  P_DAY,
  P_DY,
  P_J,
  P_WW,
  P_W,
  P_IW,
  P_HH24,
  P_HH12,
  P_MI,
  P_SS,
  P_SSSS,
  P_MS,
  P_US,
  P_FF1,
  P_FF2,
  P_FF3,
  P_FF4,
  P_FF5,
  P_FF6,
  P_AM,
  P_A_M,
  P_BC,
  P_B_C,
  P_TZ,
  P_TZH,
  P_TZM,
  P_OF,
  P_FX
};

extern const struct template_language date_language;

/* From January, from Sunday, from I. */
extern const char *const month_names[12];
extern const char *const day_names[7];
extern const char *const roman_months[12];
/* AM and PM, AD and BC; with points as well. */
extern const char *const half_days[2], *const half_days_long[2];
extern const char *const eras[2], *const eras_long[2];

/* How many letters of a name are its short form. */
enum { SHORT_NAME = 3 };

#endif
