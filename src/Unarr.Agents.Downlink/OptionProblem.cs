namespace Unarr.Agents.Downlink;

/// <summary>What is wrong with one option.</summary>
/// <param name="Option">The property's name.</param>
/// <param name="Text">What follows the name in a message.</param>
/// <param name="IsRange">Whether the value is outside its range.</param>
internal readonly record struct OptionProblem(string Option, string Text, bool IsRange = true)
{
    public override string ToString() => Option + Text;
}
