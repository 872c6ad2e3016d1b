extern alias UnarrAgent;



using UnarrAgent::Unarr.Agent.Connecting;
using UnarrAgent::Unarr.Agent.Terminal;
using UnarrAgent::Unarr.CommandLine;

namespace Unarr.EndToEnd.Tests.Agent;

public class CommandLineTests
{
    [SkippableFact]
    public async Task Read_that_the_system_fails_is_no_usage_error()
    {
        Needs.Linux();
        // The address 0 of a process cannot be read: errno EIO, as of a disk that fails.
        (int exitCode, _, string error) = await AgentCommand.RunAsync(["run", "--config", "/proc/self/mem"]);

        Assert.Equal(1, exitCode);
        Assert.StartsWith("Cannot read the configuration file '/proc/self/mem': ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(24, true)]
    [InlineData(23, true)]
    [InlineData(28, true)]
    [InlineData(2, false)]
    [InlineData(13, false)]
    public void Error_of_the_system_is_told_apart_from_a_wrong_name(int errno, bool isExhausted)
    {
        var failure = new IOException("Too many open files", errno);

        Assert.Equal(isExhausted, Unreadable.File("API key", "key", failure) is ExhaustedException);
        Assert.Equal(!isExhausted, Unreadable.For("Cannot use the state file", failure) is UsageException);
    }

    [Theory]
    [InlineData("Required command was not provided.")]
    [InlineData("Unknown command or argument 'bogus'", "bogus")]
    [InlineData("Unknown option '--foo'", "parse", "--foo")]
    [InlineData("Unknown option '--foo'", "run", "--foo", "bar")]
    [InlineData("Unknown option '--api-key'", "run", "--api-key=SECRET", "--server", "http://127.0.0.1")]
    [InlineData("Unknown option '--api-key'", "run", "--api-key", "SECRET")]
    [InlineData("Cannot open '/no/such/file': there is no such file.", "parse", "/no/such/file")]
    [InlineData("Cannot open '/': it is a directory.", "parse", "/")]
    [InlineData("--chunk: '0' is not a size", "parse", "--chunk", "0")]
    [InlineData("--max-line-bytes: 15 is not between 16 and", "parse", "--max-line-bytes", "15")]
    [InlineData("--max-event-bytes: '1MB' is not a size such as 262144, 256KiB or 1MiB", "parse", "--max-event-bytes", "1MB")]
    [InlineData("--dialect: 'html' is not one of whatwg, agent.", "parse", "--dialect", "html")]
    [InlineData("Required argument missing for option: '--dialect'.", "parse", "--dialect")]
    [InlineData("Cannot open '': its name is empty.", "parse", "")]
    [InlineData("--base64 takes no value other than true or false.", "parse", "--base64=maybe", "KEY")]
    [InlineData("--base64 takes no value other than true or false.", "parse", "--base64=")]
    [InlineData("--allow-insecure-http takes no value other than true or false.", "run", "--allow-insecure-http=1")]
    [InlineData("--config: it must not be empty.", "run", "--config", "")]
    [InlineData("--ca-file: it must not be empty.", "run", "--server", "http://127.0.0.1", "--ca-file", "")]
    [InlineData("--api-key-file: it must not be empty.", "run", "--server", "http://127.0.0.1", "--api-key-file", "")]
    [InlineData("--api-key-file: it must not be empty.", "probe", "http://127.0.0.1", "--api-key-file", "")]
    [InlineData("--state-file: it must not be empty.", "run", "--server", "http://127.0.0.1", "--state-file", "")]
    [InlineData("--on-control: it must not be empty.", "run", "--server", "http://127.0.0.1", "--on-control", "")]
    [InlineData("Cannot use the state file '/proc/state': ", "run", "--server", "http://127.0.0.1", "--api-key-file", "KEY", "--state-file",
        "/proc/state")]
    [InlineData("Cannot use the state file '/dev/null': it is not a regular file.", "run", "--server", "http://127.0.0.1", "--api-key-file",
        "KEY", "--state-file", "/dev/null")]
    [InlineData("Cannot read the configuration file '/dev/zero': it is larger than 1048576 bytes.", "run", "--config", "/dev/zero")]
    [InlineData("Cannot read the certificate file '/dev/zero': it is larger than 16777216 bytes.", "run", "--server", "http://127.0.0.1",
        "--ca-file", "/dev/zero")]
    [InlineData("--ca-file: it must not be empty.", "probe", "http://127.0.0.1", "--ca-file", "")]
    [InlineData("'-1' is not a position to complete at.", "[suggest:-1]", "parse")]
    [InlineData("'99999999999' is not a position to complete at.", "[suggest:99999999999]", "parse")]
    [InlineData("Unknown command or argument '-'", "parse", "-", "-")]
    [InlineData("--server is required", "run")]
    [InlineData("An API key is needed", "run", "--server", "http://127.0.0.1")]
    [InlineData("Cannot read the API key file '/no/key': there is no such file.", "run", "--server", "http://127.0.0.1", "--api-key-file",
        "/no/key")]
    [InlineData("The API key file '/dev/null' holds no key", "run", "--server", "http://127.0.0.1", "--api-key-file", "/dev/null")]
    [InlineData("--server: 'http://example.com/' is plain http", "run", "--server", "http://example.com")]
    [InlineData("--server: 'ftp://example.com' is not an absolute http or https URL.", "run", "--server", "ftp://example.com")]
    [InlineData("--downlink: 'push' is not one of auto, sse, poll.", "run", "--downlink", "push")]
    [InlineData("--base-path: 'api' must be a path that begins with '/'", "run", "--base-path", "api")]
    [InlineData("--extensions: 'maybe' is not one of on, off.", "run", "--extensions", "maybe")]
    [InlineData("--hedging: 'maybe' is not one of on, off.", "run", "--hedging", "maybe")]
    [InlineData("--sync-interval: '10' is not a duration such as 500ms, 40s, 5m or 1h", "run", "--sync-interval", "10")]
    [InlineData("--liveness-timeout: 0s is not between 1ms and 24h.", "run", "--liveness-timeout", "0s")]
    [InlineData("--max-sse-failures: '0' is not a number between 1 and", "run", "--max-sse-failures", "0")]
    [InlineData("--exit-after: 'soon' is not a duration", "run", "--exit-after", "soon")]
    [InlineData("--agent-id: it must not be empty.", "run", "--agent-id", " ")]
    [InlineData("--output: live needs a terminal", "run", "--output", "live", "--server", "http://127.0.0.1")]
    [InlineData("Cannot read the certificate file '/no/ca': there is no such file.", "run", "--server", "http://127.0.0.1", "--ca-file",
        "/no/ca")]
    [InlineData("'/dev/null' holds no certificate", "run", "--server", "http://127.0.0.1", "--ca-file", "/dev/null")]
    [InlineData("Cannot use the state file '/no/state'", "run", "--server", "http://127.0.0.1", "--api-key-file", "KEY", "--state-file",
        "/no/state")]
    [InlineData("Cannot read the configuration file '/no/file': there is no such file.", "run", "--config", "/no/file")]
    [InlineData("'nowhere' is not an absolute http or https URL.", "probe", "nowhere")]
    [InlineData("The URL must not hold a user name or a password.", "probe", "http://SECRET@127.0.0.1")]
    [InlineData("'http://example.com' is plain http, and everybody on the way could read the key", "probe", "http://example.com",
        "--api-key-file", "KEY")]
    [InlineData("--watch: 0s is not between 100ms and 40s.", "probe", "http://127.0.0.1", "--watch", "0s")]
    public async Task Mistake_is_one_clear_line_on_standard_error_and_exit_code_2(string start, params string[] args)
    {
        using var key = new TemporaryFile("key");
        (int exitCode, string output, string error) = await AgentCommand.RunAsync([.. args.Select(arg => arg == "KEY" ? key.Path : arg)]);

        Assert.StartsWith(start, error, StringComparison.Ordinal);
        Assert.EndsWith("\n", error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error[..^1]);
        Assert.DoesNotContain("SECRET", error, StringComparison.Ordinal);
        Assert.Equal("", output);
        Assert.Equal(2, exitCode);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("parse", "--help")]
    [InlineData("run", "--help")]
    [InlineData("probe", "--help")]
    [InlineData("completion", "--help")]
    public async Task Help_ends_with_an_example(params string[] args)
    {
        (int exitCode, string output, string error) = await AgentCommand.RunAsync(args);

        Assert.Contains("Examples:", output, StringComparison.Ordinal);
        Assert.Contains("unarr-agent", output, StringComparison.Ordinal);
        Assert.Equal("", error);
        Assert.Equal(0, exitCode);
    }
}
