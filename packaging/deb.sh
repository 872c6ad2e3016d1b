#!/usr/bin/env bash
# Makes a Debian package of a native program: deb.sh unarr-agent|unarr-controlplane VERSION RUNTIME FOLDER OUTPUT
# SOURCE_DATE_EPOCH is the time of every file in it, so that the same sources give the same bytes.
set -euo pipefail
program=$1 version=$2 runtime=$3 folder=$4 output=$5
cd "$(dirname "$0")/.."
case "$runtime" in
    linux-x64) architecture=amd64 ;;
    linux-arm64) architecture=arm64 ;;
    *) echo "deb.sh: there is no Debian architecture for $runtime" >&2; exit 2 ;;
esac
case "$program" in
    unarr-agent) depends='libc6 (>= 2.31)' recommends='libssl3, ca-certificates' about='agent with a downlink to its control plane' ;;
    unarr-controlplane) depends='libc6 (>= 2.31), zlib1g, passwd' recommends='libssl3, ca-certificates' about='control plane for agents' ;;
    *) echo "deb.sh: there is no program $program" >&2; exit 2 ;;
esac

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 0755 "$root"
install -d -m 0755 "$root/usr/bin" "$root/usr/lib/$program" "$root/lib/systemd/system" "$root/usr/share/doc/$program" "$root/DEBIAN" \
    "$root/etc/unarr"
install -m 0755 "$folder/$program" "$root/usr/lib/$program/$program"
for library in "$folder"/*.so; do
    if [ -e "$library" ]; then install -m 0644 "$library" "$root/usr/lib/$program"; fi
done
ln -s "../lib/$program/$program" "$root/usr/bin/$program"
# Units of an administrator lie in /etc and win over this one.
sed "s|/usr/local/bin/$program|/usr/bin/$program|" "deploy/$program.service" >"$root/lib/systemd/system/$program.service"
install -m 0644 packaging/copyright "$root/usr/share/doc/$program/copyright"
install -m 0644 THIRD-PARTY-NOTICES.md "$folder/THIRD-PARTY-NOTICES-DOTNET.txt" "$root/usr/share/doc/$program"
gzip -n -9 <CHANGELOG.md >"$root/usr/share/doc/$program/changelog.gz"
chmod 0644 "$root/lib/systemd/system/$program.service" "$root/usr/share/doc/$program/changelog.gz"
# The user that the unit names; none where the unit makes one as it starts.
user=$(sed -n 's/^User=//p' "deploy/$program.service")
for script in postinst prerm postrm; do
    sed "s/@PROGRAM@/$program/g; s/@USER@/$user/g" "packaging/$script" >"$root/DEBIAN/$script"
    chmod 0755 "$root/DEBIAN/$script"
done

# A version of NuGet's with a prerelease (1.2.3-rc.1) comes before 1.2.3: Debian says that with a tilde.
cat >"$root/DEBIAN/control" <<END
Package: $program
Version: ${version/-/\~}
Architecture: $architecture
Maintainer: The Unarr.Pipelines authors <authors@unarr.invalid>
Depends: $depends
Recommends: $recommends
Installed-Size: $(du -sk --apparent-size "$root" | cut -f1)
Section: net
Priority: optional
Description: $about
 Server-Sent Events first, a long-poll as well, and a sync loop: a server reaches
 its agents at once, through proxies and networks that buffer or cut streams.
END
find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group -Zxz --build "$root" "$output/${program}_${version/-/\~}_$architecture.deb"
