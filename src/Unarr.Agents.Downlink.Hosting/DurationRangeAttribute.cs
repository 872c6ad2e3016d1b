using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Unarr.Agents.Downlink.Hosting;

/// <summary>How short and how long a duration may be. (The framework's own range attribute needs reflection for anything but numbers.)</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class DurationRangeAttribute(string minimum, string maximum) : ValidationAttribute("{0} must be between {1} and {2}.")
{
    public string Minimum => minimum;

    public string Maximum => maximum;

    public override bool IsValid(object? value) =>
        value is not TimeSpan time
        || (time >= TimeSpan.Parse(minimum, CultureInfo.InvariantCulture) && time <= TimeSpan.Parse(maximum, CultureInfo.InvariantCulture));

    public override string FormatErrorMessage(string name) => string.Format(CultureInfo.InvariantCulture, ErrorMessageString, name, minimum, maximum);
}
