# Builds tidemark.wasm with Emscripten: a bare module without JavaScript of Emscripten's (wasm/README.md).

WASM := $(BUILD)/wasm
# Debian's Emscripten looks for its JavaScript libraries where only Debian's own Node finds them.
EMSCRIPTEN = NODE_PATH=/usr/share/nodejs $(EMCC)

# Measured in wasm/README.md: -O2 is hardly faster and much larger.
WASM_FLAGS := -Oz -DNDEBUG -fno-exceptions
# Every engine that runs the package has had these since 2021; memory.fill and memory.copy make the front end a tenth faster.
WASM_FLAGS += -mbulk-memory -msign-ext -mnontrapping-fptoint -mmutable-globals
WASM_LINK_FLAGS := $(WASM_FLAGS) -sSTANDALONE_WASM --no-entry -sALLOW_MEMORY_GROWTH=1 \
  -sINITIAL_MEMORY=4194304 -sMAXIMUM_MEMORY=4294967296 -sTOTAL_STACK=1048576 -sMALLOC=dlmalloc \
  -sFILESYSTEM=0 -Wl,--stack-first
# A stack that overflows must trap, not overwrite data: hence --stack-first. The host's functions
# are imports; tools/check-wasm.js sees to it that nothing else is.
WASM_LINK_FLAGS += -sERROR_ON_UNDEFINED_SYMBOLS=0 -sWARN_ON_UNDEFINED_SYMBOLS=0
# A function with one caller becomes a part of it up to this size: without the limit what is large has so many variables
# that each use takes two bytes.
WASM_LINK_FLAGS += -sBINARYEN_EXTRA_PASSES=--one-caller-inline-max-function-size=200
WASM_DEPENDENCIES := third_party/objects/wasm
WASM_WARNINGS := $(WARNINGS) $(if $(wildcard /usr/share/emscripten/emscripten-version.txt),-Werror)

WASM_SOURCES := $(foreach layer,$(ALL_LAYERS),$(sources_$(layer))) wasm/wasm.c wasm/memory.c wasm/strtod.c
WASM_OBJECTS := $(patsubst %.c,$(WASM)/objects/%.o,$(WASM_SOURCES)) \
  $(if $(grammar),$(WASM)/objects/generated/sql/grammar.o)

third_party/objects/wasm/sqlite3.o: third_party/sqlite/sqlite3.c tools/sqlite.mk wasm/wasm.mk
	@mkdir -p $(@D)
	$(call say,EMCC)
	$(Q)$(EMSCRIPTEN) $(WASM_FLAGS) $(SQLITE_FLAGS) $(NO_WARNINGS) -c $< -o $@.$$$$ && mv $@.$$$$ $@

third_party/objects/wasm/cJSON.o: third_party/cjson/cJSON.c wasm/wasm.mk
	@mkdir -p $(@D)
	$(call say,EMCC)
	$(Q)$(EMSCRIPTEN) $(WASM_FLAGS) $(NO_WARNINGS) -c $< -o $@.$$$$ && mv $@.$$$$ $@

# With -Oz each rotation of a word is a call: 400 bytes less, and several times slower.
third_party/objects/wasm/libsodium/%.o: $(SODIUM)/%.c tools/libsodium.mk wasm/wasm.mk
	@mkdir -p $(@D)
	$(call say,EMCC)
	$(Q)$(EMSCRIPTEN) $(filter-out -Oz,$(WASM_FLAGS)) -O2 -DNATIVE_LITTLE_ENDIAN=1 $(SODIUM_FLAGS) $(NO_WARNINGS) -c $< -o $@.$$$$ && mv $@.$$$$ $@

$(patsubst %.c,$(WASM)/objects/%.o,$(sources_sql)): | $(grammar)

$(WASM)/objects/%.o: %.c
	@mkdir -p $(@D)
	$(call say,EMCC)
	$(Q)$(EMSCRIPTEN) $(LANGUAGE) $(WASM_WARNINGS) $(WASM_FLAGS) $(INCLUDES) -MMD -MP -c $< -o $@

$(WASM)/objects/generated/sql/grammar.o: $(GENERATED)/sql/grammar.c
	@mkdir -p $(@D)
	$(call say,EMCC)
	$(Q)$(EMSCRIPTEN) $(LANGUAGE) $(NO_WARNINGS) $(WASM_FLAGS) $(INCLUDES) -MMD -MP -c $< -o $@

$(WASM)/tidemark.wasm: $(WASM_OBJECTS) $(WASM_DEPENDENCIES)/sqlite3.o $(WASM_DEPENDENCIES)/cJSON.o \
  $(call sodium_objects,wasm)
	$(call say,WASM)
	$(Q)$(EMSCRIPTEN) $(WASM_LINK_FLAGS) $^ -o $@.tmp.wasm
	@node tools/check-wasm.js $@.tmp.wasm && mv $@.tmp.wasm $@

# The package finds the module beside its JavaScript. Unchanged bytes keep their time.
js-bindings/tidemark.wasm: $(WASM)/tidemark.wasm
	@cmp -s $< $@ || { cp $< $@.tmp && mv $@.tmp $@; }

wasm: $(WASM)/tidemark.wasm

# What is published. Its folder is replaced whole.
PACKAGE := $(BUILD)/package
$(PACKAGE)/package.json: tools/package.js package.json README.md CHANGELOG.md js-bindings/tidemark.wasm \
  $(shell find js-bindings -name '*.js' -o -name '*.d.ts')
	$(call say,PACKAGE)
	$(Q)node tools/package.js $(PACKAGE)

package: $(PACKAGE)/package.json

-include $(shell find $(WASM) -name '*.d' 2>/dev/null)
