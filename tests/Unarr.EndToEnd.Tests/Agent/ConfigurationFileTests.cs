extern alias UnarrAgent;

using System.CommandLine;
using Unarr.Pipelines.Downlink;
using UnarrAgent::Unarr.Agent;
using UnarrAgent::Unarr.Agent.Running;
using UnarrAgent::Unarr.CommandLine;

namespace Unarr.EndToEnd.Tests.Agent;

public class ConfigurationFileTests
{
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
        Assert.Equal(DownlinkMode.Sse, settings.Get(_options.Downlink));
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
    [InlineData("websocket", "downlink: 'websocket' is none of auto, sse, poll; auto is used.")]
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
    [InlineData("[deamon]\ndownlink = \"sse\"", "unknown key 'deamon': everything belongs into [daemon].")]
    [InlineData("daemon = 1", "'daemon' must be a table: [daemon].")]
    [InlineData("[daemon]\nliveness_timeout = 40", "'liveness_timeout' must be a duration such as 500ms, 40s, 5m or 1h, as a string.")]
    [InlineData("[daemon]\nliveness_timeout = \"40\"", "liveness_timeout: '40' is not a duration such as 500ms, 40s, 5m or 1h.")]
    [InlineData("[daemon]\nmax_sse_failures = \"3\"", "'max_sse_failures' must be a whole number.")]
    [InlineData("[daemon]\nmax_line_bytes = 1.5", "'max_line_bytes' must be a size such as 262144, 256KiB or 1MiB.")]
    [InlineData("[daemon]\nmax_line_bytes = 15", "max_line_bytes: 15 is not between 16 and 1024MiB.")]
    [InlineData("[daemon]\nname = 5", "'name' must be a string.")]
    [InlineData("[daemon]\ndownlink = true", "'downlink' must be a string.")]
    [InlineData("[daemon]\nhedging = 1", "'hedging' must be \"on\" or \"off\".")]
    [InlineData("[daemon]\nallow_insecure_http = \"yes\"", "'allow_insecure_http' must be true or false.")]
    [InlineData("[daemon]\nserver = [1]", "'server' must be a string, or a list of strings.")]
    [InlineData("[daemon]\nname = \"\"", "name: it must not be empty.")]
    [InlineData("[daemon]\nstate_file = \"\"", "state_file: it must not be empty.")]
    [InlineData("[daemon]\nstate_file = \"a\\u0000b\"", "state_file: it must not hold U+0000.")]
    [InlineData("[daemon]\nca_file = \"a\\u0000b\"", "ca_file: it must not hold U+0000.")]
    [InlineData("[daemon]\napi_key_file = \"\\u0000\"", "api_key_file: it must not hold U+0000.")]
    [InlineData("[daemon]\non_control = \"true\\u0000\"", "on_control: it must not hold U+0000.")]
    [InlineData("SECRET", "line 1, column 7: no valid TOML, or a key that is given twice.")]
    [InlineData("[daemon]\nname = \"a\"\nname = \"b\"", "line 3, column 1: no valid TOML, or a key that is given twice.")]
    [InlineData("[daemon]\nname = \"a\\", "no valid TOML.")]
    public void Mistake_is_told_with_the_file_and_the_key(string text, string reason)
    {
        using var file = new TemporaryFile(text);

        UsageException exception = Assert.Throws<UsageException>(() => new ConfigurationFile(file.Path, _options, TextWriter.Null).Read());

        Assert.StartsWith($"'{file.Path}': ", exception.Message, StringComparison.Ordinal);
        Assert.EndsWith(reason, exception.Message, StringComparison.Ordinal);
    }

    private RunSettings Read(string text, params string[] args) => Read(text, TextWriter.Null, args);

    private RunSettings Read(string text, TextWriter warnings, params string[] args)
    {
        using var file = new TemporaryFile(text);
        var command = new RootCommand();
        foreach (Option option in _options.All)
        {
            command.Add(option);
        }

        return new RunSettings(command.Parse(args, Cli.Parsing), new ConfigurationFile(file.Path, _options, warnings).Read());
    }
}
