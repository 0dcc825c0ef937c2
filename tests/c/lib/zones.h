/* The time zones of this machine. */
#ifndef TIDE_TEST_ZONES_H
#define TIDE_TEST_ZONES_H

/* For tide_set_zones(): what the C library knows. */
int machine_zone_offset(void *context, const char *name, double second);

#endif
