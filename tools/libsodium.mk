# Which part of libsodium is built: XChaCha20-Poly1305, in portable C. c-src/vfs/cipher.c gives what that part
# needs of the rest.

SODIUM := third_party/libsodium
SODIUM_PARTS := crypto_aead/xchacha20poly1305/sodium/aead_xchacha20poly1305 \
  crypto_core/hchacha20/core_hchacha20 \
  crypto_onetimeauth/poly1305/onetimeauth_poly1305 crypto_onetimeauth/poly1305/donna/poly1305_donna \
  crypto_stream/chacha20/stream_chacha20 crypto_stream/chacha20/ref/chacha20_ref \
  crypto_verify/sodium/verify
SODIUM_FLAGS := -DCONFIGURED=1 -I$(SODIUM)/include/sodium
# Poly1305 in words of 64 bits, where there is the type of 128 bits to multiply them.
SODIUM_NATIVE_FLAGS := $(SODIUM_FLAGS) $(if $(shell echo __SIZEOF_INT128__ | $(CC) -E -P - | grep -x 16),-DHAVE_TI_MODE)
SODIUM_INCLUDES := -isystem $(SODIUM)/include
sodium_objects = $(SODIUM_PARTS:%=third_party/objects/$(1)/libsodium/%.o)
