using System.CommandLine;
using Unarr.CommandLine;
using Unarr.ControlPlane.CommandLine;

namespace Unarr.EndToEnd.Tests.ControlPlane;

public sealed class ConfigurationTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    private readonly Option<string?> _keys = new("--keys");
    private readonly Option<int?> _queue = CountArgument.Option("--queue", "", 5, 1, 100);
    private readonly Option<TimeSpan?> _wakeHold = DurationArgument.Option(
        "--wake-hold", "", TimeSpan.FromSeconds(5), TimeSpan.Zero, TimeSpan.FromSeconds(28));

    private readonly Option<bool> _create = new("--create");
    private readonly Option<string[]> _proxies = new("--trusted-proxy") { Arity = ArgumentArity.OneOrMore };

    private Option[] All => [_keys, _queue, _wakeHold, _create, _proxies];

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void Argument_wins_over_the_environment_and_that_over_the_file()
    {
        File.WriteAllText(_file, "[serve]\nkeys = \"file\"\nqueue = 7\nwake_hold = \"7s\"\ncreate = true");
        RootCommand command = [];
        Array.ForEach(All, command.Add);
        Dictionary<string, string> variables = new()
        {
            ["UNARR_KEYS"] = "variable",
            ["UNARR_QUEUE"] = "8",
            ["UNARR_TRUSTED_PROXY"] = "10.0.0.1, 10.0.0.2",
        };

        LayeredOptions options = new(
            command.Parse(["--queue", "9"]),
            OptionLayer.OfEnvironment(All, variables.GetValueOrDefault),
            ConfigurationFile.Read(_file, All, All));

        Assert.Equal(("variable", 9, TimeSpan.FromSeconds(7), true),
            (options.Get(_keys), options.Get(_queue), options.Get(_wakeHold), options.Get(_create)));
        Assert.Equal(["10.0.0.1", "10.0.0.2"], options.Get(_proxies));
    }

    [Theory]
    [InlineData("queue = 7\nquue = 8", "line 2: unknown key 'quue'.")]
    [InlineData("[serve]\n\n# about\nquue = 8", "line 4: unknown key 'quue' in [serve].")]
    [InlineData("[daemon]\n'a b' = 8", "line 2: unknown key 'a b' in [daemon].")]
    [InlineData("queue = 1\n[sserve]\nqueue = 8", "line 2: unknown table [sserve]: the options are in [serve].")]
    [InlineData("queue = 1\n[serve]\nqueue = 8", "line 3: 'queue' is there twice.")]
    [InlineData("[serve]\nqueue = \"x\"", "line 2: 'queue' must be a whole number.")]
    [InlineData("[serve]\nwake_hold = \"2h\"", "line 2: wake_hold: 2h is not between 0s and 28s.")]
    [InlineData("serve = 1", "line 1: 'serve' must be a table: [serve].")]
    [InlineData("[serve]\ncreate = \"SECRET\"", "line 2: 'create' must be true or false.")]
    [InlineData("[serve\nSECRET", "line 1, column 7: this is not valid TOML, or it repeats a key.")]
    public void Mistake_in_the_file_is_named_with_its_line(string text, string reason)
    {
        File.WriteAllText(_file, text);
        UsageException refusal = Assert.Throws<UsageException>(() => ConfigurationFile.Read(_file, All, All));
        Assert.Equal($"'{_file}': {reason}", refusal.Message);
    }

    [Theory]
    [InlineData("UNARR_QUEUE", "many", "UNARR_QUEUE: 'many' is not a number between 1 and 100.")]
    [InlineData("UNARR_WAKE_HOLD", "2h", "UNARR_WAKE_HOLD: 2h is not between 0s and 28s.")]
    [InlineData("UNARR_CREATE", "banana", "UNARR_CREATE must be true or false.")]
    public void Mistake_in_a_variable_is_named_by_the_variable(string variable, string value, string reason)
    {
        UsageException refusal = Assert.Throws<UsageException>(
            () => OptionLayer.OfEnvironment(All, name => name == variable ? value : null));
        Assert.Equal(reason, refusal.Message);
    }

    [Fact]
    public void Each_option_of_serve_has_a_key_and_a_variable_of_its_own()
    {
        Option[] options = [.. ServeCommand.Options];
        Assert.Equal(options.Length, options.Select(OptionLayer.KeyOf).Distinct().Count());
        File.WriteAllText(_file, "[serve]\n" + string.Concat(
            options.Where(option => option != ConfigurationFile.Option).Select(
                option => $"{OptionLayer.KeyOf(option)} = {ValueOf(option)}\n")));
        ConfigurationFile.Read(_file, options, [.. options.Where(option => option != ConfigurationFile.Option)]);
        OptionLayer.OfEnvironment(options, static name => name == "UNARR_CREATE" ? "yes" : null);
    }

    private static string ValueOf(Option option) => option.Name switch
    {
        "--urls" => "\"http://127.0.0.1:0\"",
        "--metrics" => "\"127.0.0.1:0\"",
        "--trusted-proxy" => "[\"10.0.0.0/8\", \"::1\"]",
        "--log-level" => "\"Warning\"",
        "--log-format" => "\"json\"",
        "--create" => "true",
        "--history" => "64",
        _ when option.ValueType == typeof(TimeSpan?) => "\"1s\"",
        _ when option.ValueType == typeof(int?) && option.HelpName == CountArgument.HelpName => "3",
        _ when option.ValueType == typeof(int?) => "\"1MiB\"",
        _ => "\"text\"",
    };
}
