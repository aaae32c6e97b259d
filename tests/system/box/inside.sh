#!/usr/bin/env bash
# The part of outside.sh that runs in namespaces of its own: make the root, install shelfd, boot, and serve.
#
# Each line on standard input is a shell command in base64. The answer is one line: its exit status, a space, and what
# it wrote in base64. The machine is switched off at the end of the input.
set -euo pipefail

if [[ $(sed -n 's/^0:://p' /proc/self/cgroup) != / || $$ != 1 ]]; then
  echo "inside.sh needs control group and process namespaces of its own: start outside.sh" >&2
  exit 98
fi
checkout=$1

umount --recursive /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs /run
work=/run/box
mkdir $work
mount -t tmpfs -o mode=755 tmpfs $work
mkdir $work/root $work/changes $work/scratch
mount -t overlay -o lowerdir=/,upperdir=$work/changes,workdir=$work/scratch overlay $work/root
root=$work/root

# A small machine: what is enabled here stays out of it.
units=$root/etc/systemd/system
rm -rf "$units"/*.wants "$units"/*.requires
for unit in apt-daily-upgrade.timer apt-daily.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer logrotate.timer \
  man-db.timer modprobe@.service systemd-binfmt.service systemd-hwdb-update.service systemd-logind.service \
  systemd-modules-load.service systemd-networkd.service systemd-pcrphase-sysinit.service systemd-resolved.service \
  systemd-sysctl.service systemd-timesyncd.service systemd-udev-trigger.service systemd-udevd.service \
  systemd-update-utmp.service; do
  ln -sf /dev/null "$units/$unit"
done
ln -sf /lib/systemd/system/basic.target "$units/default.target"
: >"$root/etc/machine-id"
: >"$root/etc/fstab"

# As the README says it, from a copy, because building leaves files in the source.
mkdir "$root/usr/src/shelfd"
for part in LICENSE README.md constraints.txt daemon etc pyproject.toml systemd; do
  cp -r "$checkout/$part" "$root/usr/src/shelfd/"
done
chroot "$root" /bin/sh -e >"$work/install.log" 2>&1 <<'INSTALL' || { cat "$work/install.log" >&2; exit 97; }
cd /usr/src/shelfd
/usr/bin/python3 -m venv /opt/shelfd
/opt/shelfd/bin/pip install --quiet --constraint constraints.txt 'setuptools>=77'
/opt/shelfd/bin/pip install --quiet --constraint constraints.txt --no-build-isolation .
install -D -m 644 systemd/shelfd.service systemd/shelfd.socket -t /etc/systemd/system
install -D -m 644 systemd/shelfd.sysusers.conf /usr/lib/sysusers.d/shelfd.conf
install -D -m 644 systemd/shelfd.tmpfiles.conf /usr/lib/tmpfiles.d/shelfd.conf
INSTALL

export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
systemd-nspawn --quiet --register=no --keep-unit --directory="$root" --machine=shelfd-box --private-network \
  --link-journal=no --resolv-conf=off --timezone=off --console=read-only --boot >"$work/console.log" 2>&1 </dev/null &
container=$!

init=
for _ in $(seq 600); do
  init=$(pgrep -P $container -x systemd) && break
  kill -0 $container 2>/dev/null || break
  sleep 0.1
done
[[ -n $init ]] || { cat "$work/console.log" >&2; exit 99; }
enter=(nsenter --target "$init" --mount --pid --ipc --uts --net --cgroup
  env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 SYSTEMD_PAGER=cat)

for _ in $(seq 600); do
  case $("${enter[@]}" systemctl is-system-running 2>/dev/null || true) in running | degraded) break ;; esac
  sleep 0.1
done
echo booted

while IFS= read -r command; do
  status=0
  "${enter[@]}" bash -c "$(base64 -d <<<"$command")" >"$work/said" 2>&1 </dev/null || status=$?
  echo "$status $(base64 --wrap=0 "$work/said")"
done

kill -s RTMIN+4 "$init" # poweroff.target; --kill-child ends what is left
for _ in $(seq 50); do
  kill -0 $container 2>/dev/null || break
  sleep 0.1
done
