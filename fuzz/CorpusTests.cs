using Unarr.Pipelines.Fuzz.Coverage;
using Xunit;

namespace Unarr.Pipelines.Fuzz;

/// <summary>What coverage-guided fuzzing has found, without the fuzzer: each input of the corpus once more through its target.</summary>
public class CorpusTests
{
    private static readonly string Corpus = Path.Combine(AppContext.BaseDirectory, "corpus");

    public static TheoryData<string> TargetNames => [.. Targets.All.Keys];

    [Theory]
    [MemberData(nameof(TargetNames))]
    public async Task Inputs_of_the_corpus_hold_what_their_target_claims(string name)
    {
        string[] inputs = [.. Directory.EnumerateFiles(Path.Combine(Corpus, name)), .. Findings(name)];
        Assert.NotEmpty(inputs);

        // Off the test's own synchronisation context: a wait is to go on where it is released.
        string[] failures = await Task.Run(() => inputs.Select(input => Failure(name, input)).OfType<string>().ToArray());
        Assert.True(failures.Length == 0, string.Join(Environment.NewLine, failures));
    }

    [Fact]
    public void Corpus_stays_small()
    {
        foreach (string name in Targets.All.Keys)
        {
            FileInfo[] inputs = new DirectoryInfo(Path.Combine(Corpus, name)).GetFiles();
            Assert.InRange(inputs.Length, 1, 100);
            Assert.All(inputs, input => Assert.InRange(input.Length, 0, 4096));
        }
    }

    private static string[] Findings(string name)
    {
        string folder = Path.Combine(Corpus, "crashes", name);
        return Directory.Exists(folder) ? Directory.GetFiles(folder) : [];
    }

    private static string? Failure(string name, string path)
    {
        byte[] input = File.ReadAllBytes(path);
        try
        {
            Targets.All[name](input);
            return null;
        }
        catch (Exception exception)
        {
            return $"{path}, {Convert.ToBase64String(input)}: {exception}";
        }
    }
}
