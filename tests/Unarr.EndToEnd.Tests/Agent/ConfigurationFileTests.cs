extern alias UnarrAgent;

using System.CommandLine;
using System.Runtime.Versioning;
using Unarr.Agents.Downlink;
using UnarrAgent::Unarr.Agent.Output;
using UnarrAgent::Unarr.Agent.Running;
using UnarrAgent::Unarr.CommandLine;

namespace Unarr.EndToEnd.Tests.Agent;

public class ConfigurationFileTests
{
    // As the deployed agents write it: sections of their own, and [daemon] last here so that a test can add to it.
    private const string Deployed =
        """
        [agent]
        id = "a1"

        [auth]
        api_url = "https://control.example"
        api_key = "key-4711"
        mirrors = ["https://a.example", "https://b.example"]
        account = "somebody"

        [general]
        name = "not the daemon's"
        nested = { deeper = [1, 2] }

        [[indexers]]
        url = "https://indexer.example"

        [daemon]
        downlink = "sse"
        """;

    private readonly RunOptions _options = new();

    [Fact]
    public void Every_option_can_be_given_by_its_name_in_snake_case()
    {
        RunSettings settings = Read(
            """
            [daemon]
            server = ["https://a.example", "https://b.example"]
            api_key_file = "key"
            agent_id = "agent-1"
            name = "--one"
            downlink = " SSE "
            hedging = false
            liveness_timeout = "41s"
            reconnect_delay = "500ms"
            max_sse_failures = 4
            fallback_window = "6m"
            poll_retry_delay = "3s"
            connect_timeout = "11s"
            first_frame_grace = "6s"
            sync_interval = "1h"
            sync_interval_watching = "4s"
            max_line_bytes = 1024
            max_event_bytes = "2MiB"
            on_control = "exit 1"
            control_timeout = "90s"
            state_file = "state"
            allow_insecure_http = true
            ca_file = "ca.pem"
            http_version = "2"
            output = "plain"
            exit_after = "9s"
            """);

        Assert.Equal(["https://a.example", "https://b.example"], settings.Get(_options.Server));
        Assert.Equal("key", settings.Get(_options.ApiKeyFile));
        Assert.Equal("agent-1", settings.Get(_options.AgentId));
        Assert.Equal("--one", settings.Get(_options.Name));
        Assert.Equal(DownlinkMode.Stream, settings.Get(_options.Downlink));
        Assert.Equal(Toggle.Off, settings.Get(_options.Hedging));
        Assert.Equal(TimeSpan.FromSeconds(41), settings.Get(_options.LivenessTimeout));
        Assert.Equal(TimeSpan.FromMilliseconds(500), settings.Get(_options.ReconnectDelay));
        Assert.Equal(4, settings.Get(_options.MaxSseFailures));
        Assert.Equal(TimeSpan.FromMinutes(6), settings.Get(_options.FallbackWindow));
        Assert.Equal(TimeSpan.FromSeconds(3), settings.Get(_options.PollRetryDelay));
        Assert.Equal(TimeSpan.FromSeconds(11), settings.Get(_options.ConnectTimeout));
        Assert.Equal(TimeSpan.FromSeconds(6), settings.Get(_options.FirstFrameGrace));
        Assert.Equal(TimeSpan.FromHours(1), settings.Get(_options.SyncInterval));
        Assert.Equal(TimeSpan.FromSeconds(4), settings.Get(_options.SyncIntervalWatching));
        Assert.Equal(1024, settings.Get(_options.MaxLineBytes));
        Assert.Equal(2 * 1024 * 1024, settings.Get(_options.MaxEventBytes));
        Assert.Equal("exit 1", settings.Get(_options.OnControl));
        Assert.Equal(TimeSpan.FromSeconds(90), settings.Get(_options.ControlTimeout));
        Assert.Equal("state", settings.Get(_options.StateFile));
        Assert.True(settings.Get(_options.AllowInsecureHttp));
        Assert.Equal("ca.pem", settings.Get(_options.CaFile));
        Assert.Equal(HttpProtocol.Http2, settings.Get(_options.HttpVersion));
        Assert.Equal(OutputFormat.Plain, settings.Get(_options.Output));
        Assert.Equal(TimeSpan.FromSeconds(9), settings.Get(_options.ExitAfter));
    }

    [Fact]
    public void Argument_wins_over_the_file_and_what_neither_gives_is_unset()
    {
        RunSettings settings = Read(
            """
            [daemon]
            server = "https://file.example"
            sync_interval = "1m"
            downlink = "poll"
            """,
            "--sync-interval", "10s", "--downlink", "auto");

        Assert.Equal(["https://file.example"], settings.Get(_options.Server));
        Assert.Equal(TimeSpan.FromSeconds(10), settings.Get(_options.SyncInterval));
        Assert.Equal(DownlinkMode.Auto, settings.Get(_options.Downlink));
        Assert.Null(settings.Get(_options.LivenessTimeout));
    }

    [Theory]
    [InlineData("websocket", "downlink: 'websocket' is not one of auto, sse, poll; auto is used.")]
    [InlineData("", "")]
    public void Downlink_unknown_or_empty_is_auto_and_unknown_is_warned_of(string mode, string warning)
    {
        var warnings = new StringWriter();

        RunSettings settings = Read($"[daemon]\ndownlink = \"{mode}\"", warnings);

        Assert.Equal(DownlinkMode.Auto, settings.Get(_options.Downlink));
        Assert.Equal(warning.Length > 0, warnings.ToString().Length > 0);
        Assert.Contains(warning, warnings.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[daemon]\nlivenes_timeout = \"1s\"", "unknown key 'livenes_timeout' in [daemon].")]
    [InlineData("[daemon]\nconfig = \"other\"", "unknown key 'config' in [daemon].")]
    [InlineData("downlink = \"sse\"", "unknown key 'downlink': it belongs in [daemon].")]
    [InlineData("auth = 1", "'auth' must be a table: [auth].")]
    [InlineData("[auth]\napi_key = 4711", "'api_key' in [auth] must be a string.")]
    [InlineData("[auth]\napi_url = 4711", "'api_url' in [auth] must be a string, or a list of strings.")]
    [InlineData("[auth]\nmirrors = [\"https://a.example\", 4711]", "'mirrors' in [auth] must be a string, or a list of strings.")]
    [InlineData("[daemon]\napi_key = \"SECRET\"", "unknown key 'api_key' in [daemon].")]
    [InlineData("daemon = 1", "'daemon' must be a table: [daemon].")]
    [InlineData("[daemon]\nliveness_timeout = 40", "'liveness_timeout' must be a duration such as 500ms, 40s, 5m or 1h, as a string.")]
    [InlineData("[daemon]\nliveness_timeout = \"40\"", "liveness_timeout: '40' is not a duration such as 500ms, 40s, 5m or 1h.")]
    [InlineData("[daemon]\nmax_sse_failures = \"3\"", "'max_sse_failures' must be a whole number.")]
    [InlineData("[daemon]\nmax_line_bytes = 1.5", "'max_line_bytes' must be a size such as 262144, 256KiB or 1MiB.")]
    [InlineData("[daemon]\nmax_line_bytes = 15", "max_line_bytes: 15 is not between 16 and 1024MiB.")]
    [InlineData("[daemon]\nname = 5", "'name' must be a string.")]
    [InlineData("[daemon]\ndownlink = true", "'downlink' must be a string.")]
    [InlineData("[daemon]\nbase_path = \"api\"", "base_path: 'api' must be a path that begins with '/' and has no query, no fragment, no "
        + "empty segment and none that is '.' or '..'.")]
    [InlineData("[daemon]\nextensions = 1", "'extensions' must be \"on\" or \"off\".")]
    [InlineData("[daemon]\nhedging = 1", "'hedging' must be \"on\" or \"off\".")]
    [InlineData("[daemon]\nallow_insecure_http = \"yes\"", "'allow_insecure_http' must be true or false.")]
    [InlineData("[daemon]\nserver = [1]", "'server' must be a string, or a list of strings.")]
    [InlineData("[daemon]\nname = \"\"", "name: it must not be empty.")]
    [InlineData("[daemon]\nstate_file = \"\"", "state_file: it must not be empty.")]
    [InlineData("[daemon]\nstate_file = \"a\\u0000b\"", "state_file: it must not hold U+0000.")]
    [InlineData("[daemon]\nca_file = \"a\\u0000b\"", "ca_file: it must not hold U+0000.")]
    [InlineData("[daemon]\napi_key_file = \"\\u0000\"", "api_key_file: it must not hold U+0000.")]
    [InlineData("[daemon]\non_control = \"true\\u0000\"", "on_control: it must not hold U+0000.")]
    [InlineData("SECRET", "line 1, column 7: this is not valid TOML, or it repeats a key.")]
    [InlineData("[daemon]\nname = \"a\"\nname = \"b\"", "line 3, column 1: this is not valid TOML, or it repeats a key.")]
    [InlineData("[daemon]\nname = \"a\\", "it is not valid TOML.")]
    public void Mistake_is_told_with_the_file_and_the_key(string text, string reason)
    {
        using var file = new TemporaryFile(text);

        UsageException exception = Assert.Throws<UsageException>(() => new ConfigurationFile(file.Path, _options, TextWriter.Null).Read());

        Assert.StartsWith($"'{file.Path}': ", exception.Message, StringComparison.Ordinal);
        Assert.EndsWith(reason, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("SECRET", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("4711", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void File_of_a_deployed_agent_gives_servers_and_key_and_its_other_sections_are_its_own()
    {
        using var file = new TemporaryFile(Deployed);
        var configuration = new ConfigurationFile(file.Path, _options, TextWriter.Null);
        RunSettings settings = Settings(configuration);

        Assert.Equal(["https://control.example", "https://a.example", "https://b.example"], settings.Get(_options.Server));
        Assert.Equal("key-4711", settings.ApiKey);
        Assert.Equal(DownlinkMode.Stream, settings.Get(_options.Downlink));
        Assert.Null(settings.Get(_options.Name));
    }

    [Fact]
    public void Server_of_the_daemon_section_or_of_an_argument_stands_for_all_of_auth_s()
    {
        Assert.Equal(["https://own.example"], Read($"{Deployed}\nserver = \"https://own.example\"").Get(_options.Server));
        Assert.Equal(["https://argument.example"], Read(Deployed, "--server", "https://argument.example").Get(_options.Server));
    }

    [Theory]
    [InlineData("[auth]")]
    [InlineData("[auth]\napi_key = \"\"\napi_url = \" \"\nmirrors = []")]
    public void Auth_that_is_empty_gives_nothing(string text)
    {
        using var file = new TemporaryFile(text);
        RunSettings settings = Settings(new ConfigurationFile(file.Path, _options, TextWriter.Null));

        Assert.Empty(settings.Get(_options.Server));
        Assert.Null(settings.ApiKey);
    }

    [SkippableTheory]
    [InlineData("[auth]\napi_key = \"key-4711\"", UnixFileMode.UserRead | UnixFileMode.OtherRead, true)]
    [InlineData("[auth]\napi_key = \"key-4711\"", UnixFileMode.UserRead | UnixFileMode.GroupRead, false)]
    [InlineData("[auth]\napi_url = \"https://a.example\"", UnixFileMode.UserRead | UnixFileMode.OtherRead, false)]
    [UnsupportedOSPlatform("windows")]
    public void File_with_a_key_that_everybody_can_read_is_warned_of(string text, UnixFileMode mode, bool isWarnedOf)
    {
        Skip.If(OperatingSystem.IsWindows(), "It needs the permissions of files that Unix has.");
        using var file = new TemporaryFile(text);
        File.SetUnixFileMode(file.Path, mode);
        var warnings = new StringWriter { NewLine = "\n" };
        new ConfigurationFile(file.Path, _options, warnings).Read();

        string warning = $"warning: '{file.Path}' holds an API key, and every user of this machine can read it: chmod o-r\n";
        Assert.Equal(isWarnedOf ? warning : "", warnings.ToString());
    }

    private RunSettings Read(string text, params string[] args) => Read(text, TextWriter.Null, args);

    private RunSettings Read(string text, TextWriter warnings, params string[] args)
    {
        using var file = new TemporaryFile(text);
        return Settings(new ConfigurationFile(file.Path, _options, warnings), args);
    }

    private RunSettings Settings(ConfigurationFile file, params string[] args)
    {
        var command = new RootCommand();
        foreach (Option option in _options.All)
        {
            command.Add(option);
        }

        ParseResult values = file.Read();
        return new RunSettings(command.Parse(args, ArgumentParsing.Configuration), values, file.ApiKey);
    }
}
