namespace Unarr.CommandLine;

/// <summary>On or off, as a word: a Boolean option would take no value but true and false.</summary>
internal enum Toggle
{
    On = 0,
    Off,
}
