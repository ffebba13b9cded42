#!/usr/bin/env bash
# Usage: package.sh deb|dist. Makes out/qschedd_VERSION_amd64.deb or out/qschedd-VERSION-linux-x64.tar.gz of the built binary.
# The same binary and commit give the same bytes: sorted, root's, and as old as the last commit.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

binary=${QSCHEDD_BINARY:-out/qschedd}
out=${QSCHEDD_OUT:-out}
# The project's own number, and no other.
version=$(dotnet msbuild qschedd.csproj -getProperty:Version -nologo)
[[ $version =~ ^[0-9][0-9A-Za-z.+~-]*$ ]] || { echo "qschedd.csproj gives no version: '$version'" >&2; exit 1; }
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2> /dev/null || stat -c %Y CHANGELOG.md)}
export SOURCE_DATE_EPOCH
umask 022

mkdir -p "$out"
stage=$(mktemp -d "$out/stage.XXXXXX")
trap 'rm -rf "$stage"' EXIT

put() { install -D -m "$1" "$2" "$3"; } # MODE FROM TO
settle() { find "$1" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +; }

make_dist() {
  local name=qschedd-$version-linux-x64
  local tree=$stage/$name file
  put 755 "$binary" "$tree/qschedd"
  for file in README.md LICENSE CHANGELOG.md jobs.example.yaml docs/*.md; do put 644 "$file" "$tree/$file"; done
  put 644 packaging/qschedd.service "$tree/systemd/qschedd.service"
  put 644 packaging/qschedd.socket "$tree/systemd/qschedd.socket"
  put 644 packaging/deb/sysusers.conf "$tree/systemd/sysusers.d/qschedd.conf"
  put 644 packaging/deb/tmpfiles.conf "$tree/systemd/tmpfiles.d/qschedd.conf"
  (cd "$tree" && find . -type f ! -name SHA256SUMS -printf '%P\n' | LC_ALL=C sort | xargs sha256sum > SHA256SUMS)
  settle "$tree"
  tar --create --directory "$stage" --sort=name --format=gnu --owner=0 --group=0 --numeric-owner \
    --mtime="@$SOURCE_DATE_EPOCH" "$name" | gzip -n9 > "$stage/tar.gz"
  mv -f "$stage/tar.gz" "$out/$name.tar.gz"
  echo "$out/$name.tar.gz"
}

fill_control() {
  local glibc size
  glibc=$(grep -ao 'GLIBC_2\.[0-9]*' "$binary" | LC_ALL=C sort -uV | tail -n 1)
  size=$(du --apparent-size -sk --exclude=DEBIAN "$1" | cut -f 1)
  sed -e "s/@VERSION@/$version/" -e "s/@SIZE@/$size/" -e "s/@GLIBC@/${glibc#GLIBC_}/" packaging/deb/control > "$1/DEBIAN/control"
}

# Debian's tools want their own form of it.
debian_changelog() {
  printf 'qschedd (%s) unstable; urgency=medium\n\n  * See CHANGELOG.md beside this file.\n\n -- %s  %s\n' \
    "$version" "$(sed -n 's/^Maintainer: //p' packaging/deb/control)" "$(date --utc --rfc-email --date="@$SOURCE_DATE_EPOCH")"
}

make_deb() {
  local tree=$stage/deb script doc
  put 755 "$binary" "$tree/usr/bin/qschedd"
  put 644 packaging/qschedd.service "$tree/usr/lib/systemd/system/qschedd.service"
  put 644 packaging/qschedd.socket "$tree/usr/lib/systemd/system/qschedd.socket"
  put 644 packaging/deb/sysusers.conf "$tree/usr/lib/sysusers.d/qschedd.conf"
  put 644 packaging/deb/tmpfiles.conf "$tree/usr/lib/tmpfiles.d/qschedd.conf"
  put 644 jobs.example.yaml "$tree/etc/qschedd/jobs.yaml.example"
  doc=$tree/usr/share/doc/qschedd
  put 644 README.md "$doc/README.md"
  for file in docs/*.md; do put 644 "$file" "$doc/$file"; done
  put 644 packaging/deb/copyright "$doc/copyright"
  put 644 CHANGELOG.md "$doc/CHANGELOG.md"
  debian_changelog | gzip -n9 > "$doc/changelog.gz"
  install -d -m 755 "$tree/DEBIAN"
  echo /etc/qschedd/jobs.yaml.example > "$tree/DEBIAN/conffiles"
  for script in postinst prerm postrm; do put 755 "packaging/deb/$script" "$tree/DEBIAN/$script"; done
  (cd "$tree" && find . -type f ! -path './DEBIAN/*' ! -path './etc/*' -printf '%P\n' | LC_ALL=C sort | xargs md5sum > DEBIAN/md5sums)
  fill_control "$tree"
  settle "$tree"
  dpkg-deb --root-owner-group -Zxz --build "$tree" "$stage/built.deb" > /dev/null
  mv -f "$stage/built.deb" "$out/qschedd_${version}_amd64.deb"
  echo "$out/qschedd_${version}_amd64.deb"
}

case ${1:-} in
  dist) make_dist ;;
  deb) make_deb ;;
  *) echo 'usage: package.sh deb|dist' >&2; exit 2 ;;
esac
