using ArchUnitNET.Domain;

namespace Unarr.Architecture.Tests;

/// <summary>One of our types uses another.</summary>
internal readonly record struct Use(IType By, IType Of)
{
    public string From => Repository.Rooms[By];

    public string To => Repository.Rooms[Of];

    public override string ToString() => $"{From}/{By.Name} uses {To}/{Of.Name}";
}
