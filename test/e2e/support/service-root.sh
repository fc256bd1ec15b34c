# A machine of one's own for a moment, for commands that change one: everything that is there, in a mount namespace
# whose changes lie in memory and are gone with it. The clone of the repository is /clone.
#
#   unshare --mount --propagation private bash service-root.sh <empty folder> <repository> <node> <archive>
set -e
base=$1 repository=$2 node=$3 archive=$4

mount -t tmpfs -o mode=755 tmpfs "$base"
mkdir "$base"/{upper,work,root,clone-upper,clone-work}
root=$base/root
mount -t overlay overlay -o "lowerdir=/,upperdir=$base/upper,workdir=$base/work" "$root"
mount --bind /proc "$root/proc"
for folder in dev run tmp; do
  mount -t tmpfs -o mode=1777 tmpfs "$root/$folder"
done
for device in null zero random urandom; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir -p "$root/clone"
mount -t overlay overlay \
  -o "lowerdir=$repository,upperdir=$base/clone-upper,workdir=$base/clone-work" "$root/clone"

rm -f "$root/usr/local/bin/node" "$root/usr/local/bin/npm"
touch "$root/usr/local/bin/node" "$root/archive.tgz"
mount --bind "$node" "$root/usr/local/bin/node"
mount --bind "$archive" "$root/archive.tgz"

# In the place of npm: the archive is made already, and its dependencies are the repository's, since a registry may
# not be there (`npm run audit -- package` installs from one).
cat > "$root/usr/local/bin/npm" <<'NPM'
#!/bin/bash
set -e
case "$*" in
  pack)
    cp /archive.tgz "waybill-$(node -p 'require("./package.json").version').tgz"
    ;;
  "install --global --prefix "*)
    prefix=$4 into=$4/lib/node_modules/waybill
    if mountpoint -q "$into/node_modules"; then umount "$into/node_modules"; fi
    rm -rf "$into"
    mkdir -p "$into/node_modules" "$prefix/bin"
    tar -xzf "$5" -C "$into" --strip-components=1
    mount --bind /clone/node_modules "$into/node_modules"
    chmod +x "$into/dist/app/waybill.sh"
    ln -sf ../lib/node_modules/waybill/dist/app/waybill.sh "$prefix/bin/waybill"
    ;;
  *)
    echo "npm $*: not one of the guide's commands" >&2
    exit 1
    ;;
esac
NPM
chmod 755 "$root/usr/local/bin/npm"

# systemctl then does what can be done without a systemd that runs, and nothing to the one that does.
exec chroot "$root" /usr/bin/env -i HOME=/root SYSTEMD_OFFLINE=1 \
  PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin bash --noprofile --norc
