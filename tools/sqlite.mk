# How SQLite is built: the same flags natively and for wasm.
# Flags that change SQLite's grammar cannot be used: the amalgamation carries a generated parser.

SQLITE_FLAGS :=
# No operating system: pages live where c-src/vfs puts them.
SQLITE_FLAGS += -DSQLITE_OS_OTHER=1
# An engine belongs to one thread.
SQLITE_FLAGS += -DSQLITE_THREADSAFE=0
# Temporary tables and sorters stay in memory.
SQLITE_FLAGS += -DSQLITE_TEMP_STORE=3
# And so do the journals of single statements.
SQLITE_FLAGS += -DSQLITE_STMTJRNL_SPILL=-1
# How row changes are captured.
SQLITE_FLAGS += -DSQLITE_ENABLE_PREUPDATE_HOOK
# Export and import read and write whole pages.
SQLITE_FLAGS += -DSQLITE_ENABLE_DBPAGE_VTAB
# "x" is a name, never a string.
SQLITE_FLAGS += -DSQLITE_DQS=0
# Foreign keys are enforced, as in PostgreSQL.
SQLITE_FLAGS += -DSQLITE_DEFAULT_FOREIGN_KEYS=1
# LIKE is for text; lets an index serve it.
SQLITE_FLAGS += -DSQLITE_LIKE_DOESNT_MATCH_BLOBS
# Nobody reads SQLite's own memory statistics.
SQLITE_FLAGS += -DSQLITE_DEFAULT_MEMSTATUS=0
# A hostile expression must not exhaust the stack.
SQLITE_FLAGS += -DSQLITE_MAX_EXPR_DEPTH=1000
# One database file; VACUUM attaches its copy.
SQLITE_FLAGS += -DSQLITE_MAX_ATTACHED=1
# As many parameters as PostgreSQL's protocol allows.
SQLITE_FLAGS += -DSQLITE_MAX_VARIABLE_NUMBER=65535
# sqlite3_initialize is called by vfs_initialize alone.
SQLITE_FLAGS += -DSQLITE_OMIT_AUTOINIT
SQLITE_FLAGS += -DSQLITE_OMIT_DEPRECATED
SQLITE_FLAGS += -DSQLITE_OMIT_LOAD_EXTENSION
SQLITE_FLAGS += -DSQLITE_OMIT_SHARED_CACHE
# There is no local time zone in here.
SQLITE_FLAGS += -DSQLITE_OMIT_LOCALTIME
# All text is UTF-8.
SQLITE_FLAGS += -DSQLITE_OMIT_UTF16
SQLITE_FLAGS += -DSQLITE_OMIT_COMPLETE
# Its file system wants another one below it when SQLite starts, and there is none yet.
SQLITE_FLAGS += -DSQLITE_OMIT_DESERIALIZE
SQLITE_FLAGS += -DSQLITE_OMIT_GET_TABLE
SQLITE_FLAGS += -DSQLITE_OMIT_TCL_VARIABLE
# Files are kept small by VACUUM; import takes the pages of automatic vacuuming out (c-src/vfs/header.c).
SQLITE_FLAGS += -DSQLITE_OMIT_AUTOVACUUM
# What may be done is decided before SQLite gets a statement.
SQLITE_FLAGS += -DSQLITE_OMIT_AUTHORIZATION
SQLITE_FLAGS += -DSQLITE_OMIT_COMPILEOPTION_DIAGS
SQLITE_FLAGS += -DSQLITE_OMIT_DECLTYPE
SQLITE_FLAGS += -DSQLITE_OMIT_INCRBLOB
# Leaves out SQLite's own test hooks.
SQLITE_FLAGS += -DSQLITE_UNTESTABLE
SQLITE_FLAGS += -DSQLITE_USE_ALLOCA

# What files that include sqlite3.h have to know of that.
SQLITE_HEADER_FLAGS := -DSQLITE_ENABLE_PREUPDATE_HOOK
