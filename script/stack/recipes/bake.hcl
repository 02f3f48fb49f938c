variable "REGISTRY" { default = "127.0.0.1:5000" }
variable "SHA" { default = "" }
variable "LAYERS" { default = "" }
variable "APP" { default = "" }

function "tags" {
  params = [name]
  result = ["${REGISTRY}/${name}:latest", "${REGISTRY}/${name}:sha-${substr(SHA, 0, 7)}"]
}

group "full" { targets = ["full-backend", "full-worker-cpu", "full-worker-gpu"] }
group "quick" { targets = ["backend", "worker-cpu", "worker-gpu", "bad", "unlabelled", "latest-behind-latest", "shapes"] }
group "shapes" { targets = ["no-attestations", "single-arm64", "healthcheck"] }

target "_unlabelled" {
  context    = LAYERS
  contexts   = { app = APP }
  dockerfile = "${APP}/../Dockerfile"
  platforms  = ["linux/amd64", "linux/arm64"]
  attest     = ["type=provenance,mode=min"]
  args       = { SOURCE_DATE_EPOCH = "1700000000" }
  output     = ["type=registry"]
}

target "_image" {
  inherits = ["_unlabelled"]
  labels   = { "org.opencontainers.image.revision" = SHA }
}

target "full-backend" {
  inherits = ["_image"]
  target   = "full-backend"
  tags     = tags("ktrdr/ktrdr-backend")
}
target "full-worker-cpu" {
  inherits = ["_image"]
  target   = "full-worker-cpu"
  tags     = tags("ktrdr/ktrdr-worker-cpu")
}
target "full-worker-gpu" {
  inherits  = ["_image"]
  target    = "full-worker-gpu"
  platforms = ["linux/amd64"]
  tags      = tags("ktrdr/ktrdr-worker-gpu")
}

target "backend" {
  inherits = ["_image"]
  target   = "backend"
  tags     = tags("quick/ktrdr-backend")
}
target "worker-cpu" {
  inherits = ["_image"]
  target   = "worker-cpu"
  tags     = tags("quick/ktrdr-worker-cpu")
}
target "worker-gpu" {
  inherits  = ["_image"]
  target    = "worker-gpu"
  platforms = ["linux/amd64"]
  tags      = tags("quick/ktrdr-worker-gpu")
}

# name: the repository below bad/ · from: the stage it is built from, if not called the same
target "bad" {
  name = "bad-${item.name}"
  matrix = {
    item = [
      { name = "torch-in-backend", from = "worker-cpu" },
      { name = "torch-missing", from = "app-only" },
      { name = "torch-broken" },
      { name = "torch-crash" },
      { name = "torch-hang" },
      { name = "torch-exits" },
      { name = "torch-osexits" },
      { name = "torch-cuda-amd64" },
      { name = "arm64-missing", from = "backend", platforms = ["linux/amd64"] },
      { name = "arm64-extra", from = "backend" },
      { name = "single", from = "backend", platforms = ["linux/amd64"], attest = "type=provenance,disabled=true" },
      { name = "wrong-revision", from = "backend", revision = "deadbeef00000000000000000000000000000000" },
      { name = "latest-behind", from = "backend", tags = ["sha-${substr(SHA, 0, 7)}"] },
      { name = "layer-deleted" },
      { name = "big" },
      { name = "no-python" },
      { name = "swallow" },
      { name = "unhealthy" },
      { name = "flapping" },
      { name = "health-hangs" },
      { name = "dies" },
      { name = "commands" },
      { name = "user" },
      { name = "old-version" },
    ]
  }
  inherits  = ["_image"]
  target    = try(item.from, item.name)
  platforms = try(item.platforms, ["linux/amd64", "linux/arm64"])
  attest    = [try(item.attest, "type=provenance,mode=min")]
  labels    = { "org.opencontainers.image.revision" = try(item.revision, SHA) }
  tags      = try([for tag in item.tags : "${REGISTRY}/bad/${item.name}:${tag}"], tags("bad/${item.name}"))
}
target "unlabelled" {
  inherits = ["_unlabelled"]
  target   = "backend"
  tags     = tags("bad/unlabelled")
}
target "latest-behind-latest" {
  inherits = ["_image"]
  target   = "latest-behind"
  tags     = ["${REGISTRY}/bad/latest-behind:latest"]
}

# Nothing is wrong with these, they only look different.
target "no-attestations" {
  inherits = ["_image"]
  target   = "backend"
  attest   = ["type=provenance,disabled=true"]
  tags     = tags("shapes/no-attestations")
}
target "single-arm64" {
  inherits  = ["_image"]
  target    = "backend"
  platforms = ["linux/arm64"]
  attest    = ["type=provenance,disabled=true"]
  tags      = tags("shapes/single-arm64")
}
target "healthcheck" {
  inherits = ["_image"]
  target   = "healthcheck"
  tags     = tags("shapes/healthcheck")
}
