/* Reading what a template says about a number, and refusing what contradicts itself. */
#include "types/number_template.h"

static const struct template_word words[] = {
    {",", N_COMMA, false},      {".", N_POINT, false},
    {"0", N_ZERO, false},       {"9", N_NINE, false},
    {"B", N_BLANK, false},      {"C", N_NOTHING, false},
    {"D", N_POINT, false},      {"EEEE", N_EXPONENT, false},
    {"FM", N_FILL_MODE, false}, {"G", N_GROUP, false},
    {"L", N_CURRENCY, false},   {"MI", N_MINUS, false},
    {"PL", N_PLUS, false},      {"PR", N_ANGLES, false},
    {"RN", N_ROMAN, false},     {"SG", N_PLUS_MINUS, false},
    {"SP", N_NOTHING, false},   {"S", N_SIGN, false},
    {"TH", N_ORDINAL, false},   {"V", N_SHIFT, false},
};

static const struct template_language language = {words, sizeof words / sizeof words[0],
                                                  false};

/* Each of these takes one pattern in; they return NULL, or what contradicts it. */

static const char *add_nine(struct number_template *number) {
  if (number->angles)
    return "\"9\" must be ahead of \"PR\"";
  if (number->shifts)
    number->shift++;
  else if (number->point)
    number->behind++;
  else
    number->before++;
  return NULL;
}

static const char *add_zero(struct number_template *number) {
  if (number->angles)
    return "\"0\" must be ahead of \"PR\"";
  if (!number->zeros && !number->point) {
    number->zeros = true;
    number->first_zero = number->before;
  }
  if (number->point)
    number->behind++;
  else
    number->before++;
  number->last_zero = number->before + number->behind;
  return NULL;
}

static const char *add_point(struct number_template *number) {
  if (number->point)
    return "multiple decimal points";
  if (number->shifts)
    return "cannot use \"V\" and decimal point together";
  number->point = true;
  return NULL;
}

static const char *add_sign(struct number_template *number) {
  if (number->sign != SIGN_NONE)
    return "cannot use \"S\" twice";
  if (number->plus || number->minus || number->angles)
    return "cannot use \"S\" and \"PL\"/\"MI\"/\"SG\"/\"PR\" together";
  number->sign = number->point ? SIGN_BEHIND : SIGN_BEFORE;
  number->digits_before_sign = number->before;
  return NULL;
}

static const char *add_plus_minus(struct number_template *number, bool plus,
                                  bool minus) {
  if (number->sign != SIGN_NONE)
    return plus && minus ? "cannot use \"S\" and \"SG\" together"
           : plus        ? "cannot use \"S\" and \"PL\" together"
                         : "cannot use \"S\" and \"MI\" together";
  number->plus |= plus;
  number->minus |= minus;
  return NULL;
}

static const char *add_angles(struct number_template *number) {
  if (number->sign != SIGN_NONE || number->plus || number->minus)
    return "cannot use \"PR\" and \"S\"/\"PL\"/\"MI\"/\"SG\" together";
  number->angles = true;
  return NULL;
}

static const char *add_shift(struct number_template *number) {
  if (number->point)
    return "cannot use \"V\" and decimal point together";
  number->shifts = true;
  return NULL;
}

/* Are there signs, or digits placed otherwise than by the point? */
static bool is_special(const struct number_template *number) {
  return number->blank || number->sign != SIGN_NONE || number->angles ||
         number->minus || number->plus || number->shifts;
}

static const char *add_roman(struct number_template *number) {
  if (number->roman)
    return "cannot use \"RN\" twice";
  number->roman = true;
  return NULL;
}

static const char *add_exponent(struct number_template *number) {
  if (number->exponent)
    return "cannot use \"EEEE\" twice";
  if (is_special(number) || number->fill_mode || number->roman)
    return "\"EEEE\" is incompatible with other formats";
  number->exponent = true;
  return NULL;
}

static const char *add(struct number_template *number, enum number_pattern pattern) {
  if (number->exponent && pattern != N_EXPONENT)
    return "\"EEEE\" must be the last pattern used";
  switch (pattern) {
  case N_NINE: return add_nine(number);
  case N_ZERO: return add_zero(number);
  case N_POINT: return add_point(number);
  case N_SIGN: return add_sign(number);
  case N_MINUS: return add_plus_minus(number, false, true);
  case N_PLUS: return add_plus_minus(number, true, false);
  case N_PLUS_MINUS: return add_plus_minus(number, true, true);
  case N_ANGLES: return add_angles(number);
  case N_SHIFT: return add_shift(number);
  case N_EXPONENT: return add_exponent(number);
  case N_FILL_MODE: number->fill_mode = true; return NULL;
  case N_ROMAN: return add_roman(number);
  case N_BLANK:
    number->blank |= number->before == 0 && number->behind == 0 && !number->zeros;
    return NULL;
  default: return NULL;
  }
}

bool number_template_read(sqlite3_context *context, struct text text,
                          struct number_template *result) {
  struct template template = template_of(&language, text);
  struct template_piece piece;
  const char *failure = NULL;
  *result = (struct number_template){.template = template, .first_zero = -1};
  while (failure == NULL && template_next(&template, &piece)) {
    if (piece.kind == TEMPLATE_PATTERN)
      failure = add(result, (enum number_pattern)piece.word->pattern);
  }
  if (failure == NULL && result->roman &&
      (is_special(result) || result->zeros || result->point))
    failure = "\"RN\" is incompatible with other formats";
  if (failure == NULL)
    return true;
  call_fail(context, TIDE_ERROR_SYNTAX, "%s", failure);
  return false;
}
