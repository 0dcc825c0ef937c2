/* A host that plays a script: a text file of statements, events and clock moves, each followed by what the engine did.
 *
 * A line of a script that begins with one of these is played, and everything the engine does is written below it:
 *   > SELECT …            runs a statement; one that has to wait goes on after every event that follows
 *   $ [1, "a", null]      the parameters of the next statement
 *   < SNAPSHOT {…} [[…]]  an event: its control data and any number of row blocks, each an array of rows
 *   + 1000, - 1000        the clock moves by milliseconds and the engine is told
 *   wake                  writes when the engine wants to be woken
 *   begin reading SELECT … reads one row of a query that stays open; end reading reads the rest
 *   finalize              ends the statements that wait
 *   reopen                closes the engine and opens it again on the pages it had kept
 *   reopen after UPDATE … … once SQLite has run that: what another program, or a fault, has made of them
 *   # …                   says what is proved
 * All other lines are output. A cell that JSON has no place for is written {"blob": "0aff"} or {"integer": "9007199254740993"}.
 */
#ifndef TIDE_TEST_SCRIPTED_HOST_H
#define TIDE_TEST_SCRIPTED_HOST_H

#include "base/buffer.h"
#include "base/memory.h"

/* Plays the script with an engine that allocates from `memory`; the script with its output as it is now is appended to
 * `played`. Returns TIDE_OK, or TIDE_ERROR_NOMEM as soon as the engine says that memory ran out. */
int scripted_play(struct memory *memory, const char *script, struct buffer *played);

/* Plays the file and fails the test, printing the first line that differs, unless the output is what the file says. With
 * UPDATE_GOLDEN=1 in the environment the file is written instead. */
void scripted_expect(const char *file);

/* Plays the file again and again with another allocation failing, in about `runs` runs: nothing leaks, no other error is
 * reported, and no origin is asked for anything that the script does not show. */
void scripted_survive(const char *file, long runs);

/* Plays the file up to its first line that begins with `line`, an event or a statement, again and again, each time with
 * another of the allocations failing that it asks for. Fails the test unless `query` then shows what it did before,
 * and the engine has said that memory ran out, or what it shows where nothing fails. */
void scripted_lose_nothing(const char *file, const char *line, const char *query);

#endif
