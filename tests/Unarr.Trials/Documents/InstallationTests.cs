using System.Text.RegularExpressions;
using Unarr.EndToEnd.Tests.Packaging;

namespace Unarr.EndToEnd.Tests.Documents;

/// <summary>What the documents have done as root, where it changes nothing of this machine: with folders, a network and processes of its
/// own. systemd is not there: the tests do in its place what the units say.</summary>
public sealed partial class InstallationTests : IDisposable
{
    private const string RenewedCertificate = "install -o unarr-controlplane -m 0400 "
        + "\"$RENEWED_LINEAGE\"/fullchain.pem \"$RENEWED_LINEAGE\"/privkey.pem /etc/unarr/";

    private const string Backup =
        "unarr-controlplane backup /srv/backup/controlplane.db --store /var/lib/unarr-controlplane/controlplane.db";

    private const string PublishedAgent = "src/Unarr.Agent/bin/Release/net10.0/linux-x64/publish";

    private const string Machine = """
        ip link set lo up
        mkdir etc
        cp -a /etc/. etc
        mount --bind etc /etc
        for folder in /usr/local/lib /usr/local/bin /var/lib /srv; do mount -t tmpfs none "$folder"; done
        export PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
        unit() { sed -n "s/^$2=//p" "/etc/systemd/system/$1.service"; }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("unarr-install-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SkippableFact]
    [Runs("docs/controlplane.md", "Get the program")]
    [Runs("docs/controlplane.md", "Run it as a service")]
    [Runs("docs/controlplane.md", "Run it as a service", 1)]
    [Runs("docs/controlplane.md", "Run it as a service", 2)]
    [Runs("docs/controlplane.md", "Backup, check, restore")]
    [RunsInline("docs/controlplane.md", Backup)]
    [RunsInline("docs/controlplane.md", RenewedCertificate)]
    public async Task Control_plane_is_installed_serves_as_its_user_and_is_backed_up()
    {
        await NeedAMachineAsync();
        string[] scripts = Scripts(nameof(Control_plane_is_installed_serves_as_its_user_and_is_backed_up));
        await CopyAsync("src/Unarr.ControlPlane", "out");
        string output = await RunAsync($"""
            {scripts[0]}
            {scripts[1]}
            {scripts[2]}
            {scripts[3]}
            user=$(unit unarr-controlplane User)
            install -d -o "$user" -m 0700 /var/lib/unarr-controlplane
            exec 3< <(exec setpriv --reuid="$user" --regid="$user" --clear-groups $(unit unarr-controlplane ExecStart))
            read -r -u 3 listening
            echo "$listening"
            curl -s http://127.0.0.1:8080/health
            echo
            {scripts[4]}
            {Backup}
            mkdir lineage
            touch lineage/fullchain.pem lineage/privkey.pem
            RENEWED_LINEAGE=lineage
            {RenewedCertificate}
            stat -c '%U %a %n' /etc/unarr/keys.json /etc/unarr/privkey.pem /srv/backup/controlplane.db
            """);
        Assert.Matches(Served(), output);
    }

    [SkippableFact]
    [Runs("docs/systemd.md", "Run the agent as a systemd service")]
    [Runs("docs/systemd.md", "Run the agent as a systemd service", 1)]
    [Runs("docs/systemd.md", "Run the agent as a systemd service", 2)]
    public async Task Agent_is_installed_and_runs_as_its_unit_says()
    {
        await NeedAMachineAsync();
        string[] scripts = Scripts(nameof(Agent_is_installed_and_runs_as_its_unit_says));
        await CopyAsync("src/Unarr.Agent", "built");
        Directory.CreateDirectory(Path.Combine(_folder, PublishedAgent));
        await File.WriteAllTextAsync(
            Path.Combine(_folder, PublishedAgent, "unarr-agent"), $"#!/bin/sh\nexec '{_folder}/built/unarr-agent' \"$@\"\n");
        string output = await RunAsync($"""
            {scripts[0]}
            {scripts[1].Replace("/etc/unarr/api-key ", "/etc/unarr/api-key <<< key-4711 ", StringComparison.Ordinal)}
            {scripts[2]}
            stat -c '%U %a %s %n' /etc/unarr/api-key
            command=$(unit unarr-agent ExecStart | sed 's|%d|/etc/unarr|; s|%S|/var/lib|')
            mkdir "/var/lib/$(unit unarr-agent StateDirectory)"
            exec 3< <(exec $command)
            agent=$!
            until [[ "$route" == *'"kind":"route"'* ]]; do read -r -u 3 route; done
            echo "$route"
            kill "$agent"
            wait "$agent"
            """);
        Assert.Matches(RanOnce(), output);
    }

    private static string[] Scripts(string test) =>
        [.. DocumentCommands.Of(typeof(InstallationTests), test).Select(block => block.Script)];

    /// <summary>Copies what the build has made of a program, and the units, to where the commands are run.</summary>
    private async Task CopyAsync(string project, string to)
    {
        string built = AppContext.BaseDirectory.Replace("tests/Unarr.Trials", project, StringComparison.Ordinal);
        await Dotnet.RunAsync(Dotnet.Command("cp", _folder, "-r", built, to));
        await Dotnet.RunAsync(Dotnet.Command("cp", _folder, "-r", Path.Combine(Dotnet.Repository, "deploy"), "."));
    }

    private Task<string> RunAsync(string script) => Dotnet.RunAsync(Unshared($"{Machine}\n{script}"));

    private async Task NeedAMachineAsync()
    {
        foreach (string program in (string[])["unshare", "ip", "setpriv", "useradd", "curl", "bash"])
        {
            Needs.Program(program);
        }

        Skip.IfNot(Environment.IsPrivilegedProcess, "It needs root, to have folders and a network of its own.");
        using var attempt = System.Diagnostics.Process.Start(Unshared("mount -t tmpfs none /srv"))!;
        await attempt.WaitForExitAsync();
        Skip.IfNot(attempt.ExitCode == 0, "It needs the right to have folders and a network of its own.");

        // The user of the service is another than this one.
        await Dotnet.RunAsync(Dotnet.Command("chmod", _folder, "a+rx", "."));
    }

    private System.Diagnostics.ProcessStartInfo Unshared(string script) => Dotnet.Command(
        "unshare", _folder, "--mount", "--net", "--pid", "--fork", "--kill-child", "bash", "-e", "-c", script);

    [GeneratedRegex("""
        ^[\w-]{40,}
        [\w-]{40,}
        Listening on http://127\.0\.0\.1:8080
        \{"status":"ok"\}
        (?s:.*)unarr-controlplane 600 /etc/unarr/keys\.json
        unarr-controlplane 400 /etc/unarr/privkey\.pem
        \w+ 600 /srv/backup/controlplane\.db
        $
        """)]
    private static partial Regex Served();

    [GeneratedRegex("""
        ^root 600 9 /etc/unarr/api-key
        \{"kind":"route".*
        $
        """)]
    private static partial Regex RanOnce();
}
