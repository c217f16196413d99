# The table of edges: which folder may include which others. Read by CMake (link edges) and by
# tools/check-layers (include edges). One line a folder: "folder: allowed folders".
# A folder always may include itself. Lower lines stand on upper ones; an edge never points down.
set(OCTO_LAYERS
  "base:"
  "crypto: base"
  "stream: base crypto"
  "process: base"
  "net: base crypto stream"
  "storage: base crypto stream net process"
  "codec: base crypto stream"
  "openpgp: base crypto stream process"
  "remote: base crypto stream process"
  "ledger: base crypto stream"
  "provider: base crypto"
  "pipeline: base crypto stream storage codec openpgp remote ledger provider"
  "config: base crypto provider"
)
