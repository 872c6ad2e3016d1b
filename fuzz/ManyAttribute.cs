using System.Globalization;
using FsCheck.Xunit;

namespace Unarr.Pipelines.Fuzz;

/// <summary>A property that is tried many times over; <c>UNARR_FUZZ_FACTOR</c> multiplies how many.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ManyAttribute : PropertyAttribute
{
    private const string FactorVariable = "UNARR_FUZZ_FACTOR";

    public ManyAttribute(int tests)
    {
        Tests = tests;
        string? factor = Environment.GetEnvironmentVariable(FactorVariable);
        MaxTest = checked(
            (int)Math.Ceiling(tests * (string.IsNullOrEmpty(factor) ? 1 : double.Parse(factor, CultureInfo.InvariantCulture))));
        Arbitrary = [typeof(Arbitraries)];
    }

    public int Tests { get; }
}
