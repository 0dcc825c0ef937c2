/* The names of the patterns of dates, and the names in dates. */
#include "types/date_pattern.h"

const char *const month_names[12] = {"January",   "February", "March",    "April",
                                     "May",       "June",     "July",     "August",
                                     "September", "October",  "November", "December"};
const char *const day_names[7] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                  "Thursday", "Friday", "Saturday"};
const char *const roman_months[12] = {"I",   "II",   "III", "IV", "V",  "VI",
                                      "VII", "VIII", "IX",  "X",  "XI", "XII"};
const char *const half_days[2] = {"AM", "PM"};
const char *const half_days_long[2] = {"A.M.", "P.M."};
const char *const eras[2] = {"AD", "BC"};
const char *const eras_long[2] = {"A.D.", "B.C."};

static const struct template_word words[] = {
    {"Y,YYY", P_Y_YYY, false}, {"YYYY", P_YYYY, false},  {"YYY", P_YYY, false},
    {"YY", P_YY, false},       {"Y", P_Y, false},        {"IYYY", P_IYYY, false},
    {"IYY", P_IYY, false},     {"IY", P_IY, false},      {"CC", P_CC, false},
    {"MONTH", P_MONTH, true},  {"MON", P_MON, true},     {"MM", P_MM, false},
    {"MI", P_MI, false},       {"MS", P_MS, false},      {"RM", P_RM, false},
    {"DDD", P_DDD, false},     {"DD", P_DD, false},      {"DAY", P_DAY, true},
    {"DY", P_DY, true},        {"D", P_D, false},        {"IDDD", P_IDDD, false},
    {"ID", P_ID, false},       {"IW", P_IW, false},      {"I", P_I, false},
    {"J", P_J, false},         {"Q", P_Q, false},        {"WW", P_WW, false},
    {"W", P_W, false},         {"HH24", P_HH24, false},  {"HH12", P_HH12, false},
    {"HH", P_HH12, false},     {"SSSSS", P_SSSS, false}, {"SSSS", P_SSSS, false},
    {"SS", P_SS, false},       {"FF1", P_FF1, false},    {"FF2", P_FF2, false},
    {"FF3", P_FF3, false},     {"FF4", P_FF4, false},    {"FF5", P_FF5, false},
    {"FF6", P_FF6, false},     {"FX", P_FX, false},      {"US", P_US, false},
    {"A.M.", P_A_M, false},    {"P.M.", P_A_M, false},   {"AM", P_AM, false},
    {"PM", P_AM, false},       {"B.C.", P_B_C, false},   {"A.D.", P_B_C, false},
    {"BC", P_BC, false},       {"AD", P_BC, false},      {"TZH", P_TZH, false},
    {"TZM", P_TZM, false},     {"TZ", P_TZ, false},      {"OF", P_OF, false},
};

const struct template_language date_language = {words, sizeof words / sizeof words[0],
                                                true};
