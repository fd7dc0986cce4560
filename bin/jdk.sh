# Finds a JDK of at least version 25 and exports JAVA_HOME. Sourced by the scripts beside it.

# From the file that each JDK has; asking java itself would cost a start of a JVM.
jdk_version() {
  sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release" 2>/dev/null || true
}

find_jdk() {
  local candidate version on_path
  on_path=$(command -v javac || true)
  if [ -n "$on_path" ]; then on_path=$(dirname "$(dirname "$(readlink -f "$on_path")")"); fi
  for candidate in "${JAVA_HOME:-}" "$on_path" /usr/lib/jvm/*; do
    [ -x "$candidate/bin/java" ] && [ -x "$candidate/bin/javac" ] || continue
    version=$(jdk_version "$candidate")
    if [ -n "$version" ] && [ "$version" -ge 25 ]; then
      export JAVA_HOME=$candidate
      return 0
    fi
  done
  echo "smtp-proxy needs a JDK 25 or newer: install one (Eclipse Temurin 25, for example) or point JAVA_HOME at it." >&2
  return 1
}
