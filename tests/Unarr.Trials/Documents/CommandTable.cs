namespace Unarr.EndToEnd.Tests.Documents;

/// <summary>The commands of the documents that no test here runs, and why.</summary>
internal static class CommandTable
{
    private const string Systemd = "It needs a machine that systemd runs; the unit files are tried by UnitFileTests.";
    private const string Measures = "It measures for minutes, and only on a machine that does nothing else; the gate runs it dry.";
    private const string Engine = "It needs an engine; ReleaseTests run what is in the images without one.";
    private const string Packs = "PackageTests pack the same, into another folder and with intermediate files of their own.";
    private const string Native = "A native publish takes a minute; the gate makes and runs both with release.sh.";

    /// <summary>Commands that the gate has, word for word.</summary>
    public static readonly (string Document, string Command)[] RunByTheGate =
    [
        ("README.md", "dotnet test -c Release"),
        ("CONTRIBUTING.md", "dotnet test -c Release"),
        ("CONTRIBUTING.md", "npm ci --prefix tests/Strangers/Npm --ignore-scripts"),
        ("docs/agent.md", "dotnet publish src/Unarr.Agent -c Release -r linux-x64"),
        ("docs/systemd.md", "dotnet publish src/Unarr.Agent -c Release -r linux-x64"),
        ("bench/RESULTS.md",
            "UNARR_FLEET_AGENTS=1000000 dotnet test fuzz -c Release --filter 'FullyQualifiedName~NodeDeathTests' "
                + "--logger 'console;verbosity=detailed'"),
    ];

    public static readonly (string Document, string Command, string Why)[] NotRun =
    [
        ("CONTRIBUTING.md", "dotnet test tests/Unarr.Trials -c Release -p:Trials=true", "It is the suite that this test is in."),
        ("CONTRIBUTING.md", "cd bench && dotnet run -c Release", Measures),
        ("CONTRIBUTING.md", "dotnet pack src/packages.slnf -o packages", Packs),
        ("CONTRIBUTING.md", "dotnet pack src/Unarr.Pipelines -o packages", Packs),
        ("docs/releases.md", "./release.sh v1.2.3", "It needs a tag; the gate makes a release of the last commit."),
        ("README.md", "cd bench && dotnet run -c Release", Measures),
        ("README.md", "dotnet pack src/packages.slnf -o ~/unarr-feed", Packs),
        ("bench/RESULTS.md", "cd bench && dotnet run -c Release", Measures),
        ("bench/RESULTS.md", "dotnet run -c Release -- report", Measures),
        ("docs/releases.md", "cd bench && dotnet run -c Release -- report", Measures),
        ("bench/RESULTS.md", "dotnet publish src/Unarr.Agent -c Release -r linux-x64 && dotnet build src/Unarr.Agent -c Release", Native),
        ("bench/RESULTS.md", "cd bench && dotnet run -c Release -- agent 10", Measures),
        ("bench/RESULTS.md", "cd bench && dotnet run -c Release -- streams 5000", Measures),
        ("bench/RESULTS.md", "cd bench && dotnet run -c Release -- agents 10000", Measures),
        ("bench/RESULTS.md", "cd bench && dotnet run -c Release -- agents 10000 60 BEFORE/unarr-controlplane.dll", Measures),
        ("bench/RESULTS.md", "cd bench && dotnet run -c Release -- client", Measures),
        ("bench/RESULTS.md", "bench/size.sh", Measures),
        ("bench/RESULTS.md", "cd bench && dotnet run -c Release -- store", Measures),
        ("bench/RESULTS.md", "cd bench && dotnet run -c Release -- store 1000000", Measures),
        ("bench/RESULTS.md", "cd bench && dotnet run -c Release -- acknowledged", Measures),
        ("bench/RESULTS.md", "cd bench && dotnet run -c Release -- fleet", Measures),
        ("docs/scale.md", "cd bench && dotnet run -c Release -- fleet", Measures),
        ("fuzz/README.md", "dotnet test -c Release fuzz", "It is a part of the suite that the gate runs."),
        ("fuzz/README.md", "UNARR_FUZZ_FACTOR=20 dotnet test -c Release fuzz", "It takes an hour; the gate runs a part of it, by 5."),
        ("fuzz/README.md", "UNARR_WRITE_DOCS=1 dotnet test -c Release fuzz", "It writes documents; the suite compares them."),
        ("fuzz/README.md", "apt-get install afl++", "It installs a program; the gate does."),
        ("docs/controlplane.md", "dotnet publish src/Unarr.ControlPlane -c Release -r linux-x64 -o out", Native),
        ("docs/controlplane.md", "systemctl daemon-reload", Systemd),
        ("docs/controlplane.md", "systemctl enable --now unarr-controlplane", Systemd),
        ("docs/controlplane.md", "journalctl -u unarr-controlplane -f", Systemd),
        ("docs/controlplane.md", "systemctl reload unarr-controlplane", Systemd),
        ("docs/controlplane.md", "systemd-analyze security unarr-controlplane", Systemd),
        ("docs/controlplane.md", "systemctl edit unarr-controlplane", Systemd),
        ("docs/controlplane.md", "systemctl stop unarr-controlplane", Systemd),
        ("docs/controlplane.md", "systemctl start unarr-controlplane", Systemd),
        ("docs/controlplane.md", "systemctl restart unarr-agent", Systemd),
        ("docs/cluster.md", "systemctl edit --runtime unarr-controlplane-node", Systemd),
        ("docs/send-events.md", "dotnet run -- --urls http://localhost:5000",
            "The test starts the program as it was published, at another port."),
        ("docs/systemd.md", "systemctl daemon-reload", Systemd),
        ("docs/systemd.md", "systemctl enable --now unarr-agent", Systemd),
        ("docs/systemd.md", "journalctl -u unarr-agent -f", Systemd),
        ("docs/systemd.md", "systemctl restart unarr-agent", Systemd),
        ("docs/systemd.md", "systemctl edit unarr-agent", Systemd),
        ("docs/systemd.md", "systemd-analyze security unarr-agent", Systemd),
        ("docs/cluster.md", "nats server report jetstream", "It needs NATS' own command line, and servers that are upgraded."),
        ("docs/observability.md", "dotnet-counters monitor --process-id <pid> --counters Unarr.Pipelines",
            "It needs dotnet-counters, and a terminal that it paints on."),
        ("docs/releases.md", "UNARR_CONTAINERS=no ./release.sh --head 0.0.0-test",
            "It takes minutes; the gate makes a release with the same arguments, and its images."),
        ("docs/releases.md", "docker load --input artifacts/release/unarr-agent-1.2.3-container.tar.gz", Engine),
        ("docs/releases.md",
            "docker run --read-only --volume /etc/unarr:/etc/unarr:ro unarr-agent:1.2.3 run --config /etc/unarr/agent.toml", Engine),
        ("docs/releases.md", "install -d -o 1654 -m 0700 /srv/unarr", Engine),
        ("docs/releases.md",
            "docker run --rm --volume /srv/unarr:/data unarr-controlplane:1.2.3 keys init --keys /data/keys.json", Engine),
        ("docs/releases.md",
            "docker run --read-only --publish 127.0.0.1:8080:8080 --volume /srv/unarr:/data unarr-controlplane:1.2.3 "
                + "serve --keys /data/keys.json --store /data/controlplane.db --urls http://0.0.0.0:8080", Engine),
    ];

    /// <summary>Whether a command is not run by a test that has its block.</summary>
    public static bool IsExcused(string document, string command)
    {
        string plain = DocumentCommands.Plain(command);
        return plain.Length == 0 || RunByTheGate.Contains((document, plain)) || IsSuite(plain)
            || NotRun.Any(row => row.Document == document && row.Command == plain);
    }

    /// <summary>Whether a command runs a part of this suite.</summary>
    public static bool IsSuite(string command) =>
        command.Contains("dotnet test tests/Unarr.Trials ", StringComparison.Ordinal)
        && command.Contains(" --filter ", StringComparison.Ordinal);
}
