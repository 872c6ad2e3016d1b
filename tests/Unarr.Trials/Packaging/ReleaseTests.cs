using System.Diagnostics;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using Unarr.EndToEnd.Tests.Documents;

namespace Unarr.EndToEnd.Tests.Packaging;

/// <summary>What <c>release.sh</c> made, installed and run as somebody does who has nothing else of this repository.</summary>
public sealed class ReleaseTests : IDisposable
{
    private const string Version = "0.0.0-test";
    private const string User = "1654";
    private const string Frame = """{"kind":"event","event":"message","data":"hello","id":""}""" + "\n";

    private readonly string _folder = Directory.CreateTempSubdirectory("unarr-release-").FullName;
    private readonly string? _release = Environment.GetEnvironmentVariable("UNARR_RELEASE");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SkippableFact]
    public async Task List_of_checksums_names_every_file_with_its_own()
    {
        NeedsRelease();
        Dictionary<string, string> listed = (await File.ReadAllLinesAsync(Made("SHA256SUMS")))
            .Select(line => line.Split("  ", 2))
            .ToDictionary(parts => parts[1], parts => parts[0]);
        string[] files =
            [.. Directory.EnumerateFiles(_release!).Select(file => Path.GetFileName(file)!).Where(file => file != "SHA256SUMS")];
        Assert.Equal(files.Order(StringComparer.Ordinal), listed.Keys.Order(StringComparer.Ordinal));
        foreach (string file in files)
        {
            await using FileStream stream = File.OpenRead(Made(file));
            Assert.Equal(listed[file], Convert.ToHexStringLower(await SHA256.HashDataAsync(stream)));
        }
    }

    [SkippableTheory]
    [Runs("docs/releases.md", "Install the programs")]
    [InlineData("unarr-agent")]
    [InlineData("unarr-controlplane")]
    public async Task Tool_is_installed_from_its_package_alone_and_runs(string program)
    {
        NeedsRelease();
        Needs.Program("bash");
        await File.WriteAllTextAsync(
            Path.Combine(_folder, "nuget.config"), "<configuration><packageSources><clear /></packageSources></configuration>");
        ProcessStartInfo install = Documented(nameof(Tool_is_installed_from_its_package_alone_and_runs), program);
        install.Environment["HOME"] = install.Environment["DOTNET_CLI_HOME"] = _folder;
        await Dotnet.RunAsync(install);
        Assert.Contains(
            Version, await Dotnet.RunAsync(Dotnet.Command(Path.Combine(_folder, ".dotnet", "tools", program), _folder, "--version")),
            StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Native_agent_of_the_archive_frames_a_stream()
    {
        NeedsRelease();
        string agent = await UnpackAsync($"unarr-agent-{Version}-linux-x64.tar.gz", "unarr-agent");
        Assert.Equal(Frame, await Dotnet.RunAsync(Dotnet.Command(agent, _folder, "parse", await StreamAsync())));
    }

    [SkippableFact]
    public async Task Native_agent_for_arm64_frames_a_stream()
    {
        NeedsRelease();
        Needs.Program("qemu-aarch64");
        string agent = await UnpackAsync($"unarr-agent-{Version}-linux-arm64.tar.gz", "unarr-agent");
        Assert.Equal(Frame, await Dotnet.RunAsync(Dotnet.Command(
            "qemu-aarch64", _folder, "-L", "/usr/aarch64-linux-gnu", agent, "parse", await StreamAsync())));
    }

    [SkippableFact]
    public async Task Native_control_plane_of_the_archive_shows_the_demo()
    {
        NeedsRelease();
        string program = await UnpackAsync($"unarr-controlplane-{Version}-linux-x64.tar.gz", "unarr-controlplane");
        Assert.Contains("Every step happened", await Dotnet.RunAsync(Dotnet.Command(program, _folder, "demo")), StringComparison.Ordinal);
    }

    /// <summary>On the machine itself, so only where that is thrown away afterwards.</summary>
    [SkippableTheory]
    [Runs("docs/releases.md", "Install the programs", 1)]
    [InlineData("unarr-agent")]
    [InlineData("unarr-controlplane")]
    public async Task Debian_package_is_installed_runs_and_leaves_nothing_behind(string program)
    {
        NeedsRelease();
        Needs.Program("apt");
        Skip.IfNot(
            Environment.GetEnvironmentVariable("CI") == "true" && Environment.IsPrivilegedProcess,
            "It installs a package on this machine: it needs CI=true and root.");
        Skip.If(File.Exists($"/usr/bin/{program}"), $"{program} is installed already.");
        try
        {
            ProcessStartInfo install = Documented(nameof(Debian_package_is_installed_runs_and_leaves_nothing_behind), program);
            install.Environment["DEBIAN_FRONTEND"] = "noninteractive";
            install.Environment["APT_CONFIG"] = await AnswersAsync();
            await Dotnet.RunAsync(install);
            Assert.Contains(Version, await RunAsync($"/usr/bin/{program}", "--version"), StringComparison.Ordinal);
            Assert.True(File.Exists($"/usr/share/doc/{program}/copyright"));
            string unit = await File.ReadAllTextAsync($"/lib/systemd/system/{program}.service");
            Assert.Contains($"ExecStart=/usr/bin/{program} ", unit, StringComparison.Ordinal);
            Assert.Equal(unit.Contains($"\nUser={program}\n", StringComparison.Ordinal), await IsUserAsync(program));
        }
        finally
        {
            await RunAsync("dpkg", "--purge", program);
        }

        Assert.False(File.Exists($"/usr/bin/{program}"));
        Assert.False(Directory.Exists($"/usr/lib/{program}"));
        Assert.False(Directory.Exists($"/usr/share/doc/{program}"));
        Assert.False(File.Exists($"/lib/systemd/system/{program}.service"));
        Assert.False(await IsUserAsync(program));
    }

    /// <summary>On a file system that is read-only, as the user that the image names. The layers are unpacked:
    /// no engine is needed.</summary>
    [SkippableTheory]
    [InlineData("unarr-agent", "parse", "/stream", "\"data\":\"hello\"")]
    [InlineData("unarr-controlplane", "demo", "", "Every step happened")]
    public async Task Container_image_runs_without_rights_and_writes_nothing(string program, string command, string argument, string says)
    {
        NeedsRelease();
        Needs.Program("unshare");
        Skip.IfNot(Environment.IsPrivilegedProcess, "It needs root, to change the root of a file system.");
        string root = await UnpackImageAsync(Made($"{program}-{Version}-container.tar.gz"));
        await File.WriteAllTextAsync(Path.Combine(root, "stream"), "data: hello\n\n");
        string output = await RunAsync(
            "unshare", "--mount", "sh", "-c",
            $"mount --bind {root} {root} && mount -o remount,bind,ro {root} "
                + $"&& mount --bind /dev {root}/dev && mount --bind /proc {root}/proc "
                + $"&& exec chroot --userspec={User}:{User} {root} /app/{program} {command} {argument}");
        Assert.Contains(says, output, StringComparison.Ordinal);
    }

    /// <summary>The command of the document for a program, in a folder that has the release where the document has it.</summary>
    private ProcessStartInfo Documented(string test, string program)
    {
        Directory.CreateDirectory(Path.Combine(_folder, "artifacts"));
        Directory.CreateSymbolicLink(Path.Combine(_folder, "artifacts", "release"), Path.GetFullPath(_release!));
        ShellBlock block = Assert.Single(DocumentCommands.Of(typeof(ReleaseTests), test));
        return Dotnet.Command(
            "bash", _folder, "-e", "-c", block.Commands.Single(command => command.Contains(program, StringComparison.Ordinal)));
    }

    /// <summary>What somebody at a terminal says: yes to this package, and nothing besides it.</summary>
    private async Task<string> AnswersAsync()
    {
        string file = Path.Combine(_folder, "apt.conf");
        await File.WriteAllTextAsync(file, "APT::Get::Assume-Yes \"true\";\nAPT::Install-Recommends \"false\";\n");
        return file;
    }

    private static async Task<bool> IsUserAsync(string name) =>
        (await File.ReadAllLinesAsync("/etc/passwd")).Any(line => line.StartsWith($"{name}:", StringComparison.Ordinal));

    private void NeedsRelease() =>
        Skip.If(_release is null, $"It needs UNARR_RELEASE, the folder that './release.sh --head {Version} FOLDER' made.");

    private string Made(string file) => Path.Combine(_release!, file);

    private async Task<string> StreamAsync()
    {
        string file = Path.Combine(_folder, "stream");
        await File.WriteAllTextAsync(file, "data: hello\n\n");
        return file;
    }

    private async Task<string> UnpackAsync(string archive, string program)
    {
        await RunAsync("tar", "-xzf", Made(archive), "-C", _folder);
        Assert.True(File.Exists(Path.Combine(_folder, "THIRD-PARTY-NOTICES.md")));
        return Path.Combine(_folder, program);
    }

    /// <returns>The folder that the image's file system is in.</returns>
    private async Task<string> UnpackImageAsync(string archive)
    {
        string image = Directory.CreateDirectory(Path.Combine(_folder, "image")).FullName;
        string root = Directory.CreateDirectory(Path.Combine(_folder, "root")).FullName;
        // Its user is another than this one.
        await RunAsync("chmod", "a+x", _folder);
        await RunAsync("tar", "-xf", archive, "-C", image);
        using JsonDocument images = await ReadAsync("index.json");
        using JsonDocument manifest = await ReadAsync(BlobOf(images.RootElement.GetProperty("manifests")[0]));
        using JsonDocument config = await ReadAsync(BlobOf(manifest.RootElement.GetProperty("config")));
        Assert.Equal(User, config.RootElement.GetProperty("config").GetProperty("User").GetString());
        JsonElement contents = config.RootElement.GetProperty("rootfs").GetProperty("diff_ids");
        foreach ((int index, JsonElement layer) in manifest.RootElement.GetProperty("layers").EnumerateArray().Index())
        {
            string file = Path.Combine(image, BlobOf(layer));
            await using FileStream compressed = File.OpenRead(file);
            await using GZipStream content = new(compressed, CompressionMode.Decompress);
            Assert.Equal(contents[index].GetString(), Digest(await SHA256.HashDataAsync(content)));
            await RunAsync("tar", "-xf", file, "-C", root);
        }

        // An engine refuses what is not what its digest says.
        foreach (string blob in Directory.GetFiles(Path.Combine(image, "blobs", "sha256")))
        {
            await using FileStream content = File.OpenRead(blob);
            Assert.Equal($"sha256:{Path.GetFileName(blob)}", Digest(await SHA256.HashDataAsync(content)));
        }

        // What an engine has there.
        Directory.CreateDirectory(Path.Combine(root, "dev"));
        Directory.CreateDirectory(Path.Combine(root, "proc"));
        await RunAsync("chmod", "a+rx", root);
        return root;

        static string Digest(byte[] hash) => $"sha256:{Convert.ToHexStringLower(hash)}";

        static string BlobOf(JsonElement described) =>
            Path.Combine("blobs", described.GetProperty("digest").GetString()!.Replace(':', '/'));

        async Task<JsonDocument> ReadAsync(string file) => JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(image, file)));
    }

    private Task<string> RunAsync(string program, params string[] arguments) =>
        Dotnet.RunAsync(Dotnet.Command(program, _folder, arguments));
}
