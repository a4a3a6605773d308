#!/usr/bin/env bash
# Installs Slurm for its tests, where this machine can have it: Debian's packages, as root. Ends with 1 and one line if not.
set -uo pipefail

there() {
  command -v slurmctld >/dev/null && command -v slurmd >/dev/null && command -v sbatch >/dev/null && command -v munged >/dev/null
}
fail() {
  echo "Slurm is not installed: $1"
  exit 1
}

there && exit 0
[ "$(id -u)" = 0 ] || fail 'this user is not root'
command -v apt-get >/dev/null || fail 'there is no apt-get'
export DEBIAN_FRONTEND=noninteractive
packages=(slurm-wlm munge)
log=$(mktemp)
{
  timeout 120 apt-get -qq update &&
    timeout 300 apt-get -qq -y -o DPkg::Lock::Timeout=60 install --no-install-recommends "${packages[@]}"
} >"$log" 2>&1 </dev/null
if ! there; then
  reason=$(grep -m 1 '^E: ' "$log" || tail -n 1 "$log")
  rm -f "$log"
  fail "${reason:-its packages could not be fetched in time}"
fi
rm -f "$log"
