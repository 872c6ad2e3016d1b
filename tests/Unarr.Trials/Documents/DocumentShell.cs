using System.Diagnostics;
using Unarr.EndToEnd.Tests.Agent;
using Unarr.EndToEnd.Tests.ControlPlane;
using Unarr.EndToEnd.Tests.Middleboxes;
using Unarr.EndToEnd.Tests.Packaging;
using Unarr.Guides;

namespace Unarr.EndToEnd.Tests.Documents;

/// <summary>A reader's shell in a folder of its own: both programs are on the path, and <c>dotnet run --project</c> runs what the build has
/// made of a project.</summary>
internal sealed class DocumentShell : IDisposable
{
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("unarr-reader-");
    private readonly LoopbackPort _port = new();

    public DocumentShell()
    {
        string dotnet = Needs.PathOf("dotnet");
        Write("unarr-agent", $"exec '{ProcessTests.Program}' \"$@\"");
        Write("unarr-controlplane", $"exec '{dotnet}' exec '{ProgramProcess.Assembly}' \"$@\"");
        Write("dotnet", $"""
            if [ "$1" != run ]; then exec '{dotnet}' "$@"; fi
            shift
            if [ "$1 $2" = "-c Release" ]; then shift 2; fi
            if [ "$1" != --project ]; then echo "there is no --project" >&2; exit 2; fi
            configuration=$(ls -d '{Dotnet.Repository}'/"$2"/bin/{Configuration}/net10.0/*.runtimeconfig.json) || exit 2
            shift 2
            if [ "$1" = -- ]; then shift; fi
            exec '{dotnet}' exec "$(echo "$configuration" | sed 's/runtimeconfig.json$/dll/')" "$@"
            """);
    }

    /// <summary>The folder that commands are run in.</summary>
    public string Folder => _home.FullName;

    /// <summary>The folder with the programs.</summary>
    public string Programs => Path.Combine(Folder, ".programs");

    private static string Configuration => Path.GetFileName(Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd('/'))!);

    /// <summary>Skips the test where the solution was not built, but not in CI, where it has to be.</summary>
    public static void NeedProject(string project) => Skip.If(
        !Directory.Exists(Path.Combine(Dotnet.Repository, project, "bin", Configuration))
            && Environment.GetEnvironmentVariable("CI") != "true",
        $"It needs {project}, built.");

    /// <summary>Runs commands to their end, which is a success.</summary>
    /// <returns>The standard output.</returns>
    public Task<string> RunAsync(string script) => Dotnet.RunAsync(Command(script));

    /// <summary>Starts commands that go on.</summary>
    public GuideProcess Start(string script) => new(Command(script));

    public Task WriteAsync(string file, string text) => File.WriteAllTextAsync(Path.Combine(Folder, file), text);

    public void Dispose()
    {
        _port.Dispose();
        _home.Delete(recursive: true);
    }

    /// <summary>The documents' port may be in use on this machine: another one takes its place.</summary>
    private ProcessStartInfo Command(string script)
    {
        string here = script.Replace("127.0.0.1:8080", $"127.0.0.1:{_port.Number}", StringComparison.Ordinal);
        ProcessStartInfo start = Dotnet.Command("bash", Folder, "-e", "-o", "pipefail", "-c", here);
        start.Environment["HOME"] = Folder;
        start.Environment["UNARR_URLS"] = _port.Address.GetLeftPart(UriPartial.Authority);
        start.Environment["PATH"] = $"{Programs}:{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/sbin";
        return start;
    }

    private void Write(string program, string script)
    {
        string file = Path.Combine(Directory.CreateDirectory(Programs).FullName, program);
        File.WriteAllText(file, $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
    }
}
